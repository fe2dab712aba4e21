"""What GitHub's operations take and give, as far as they are simulated: JSON Schema.

After the schemas of `githubkit` 0.16 (GitHub's own OpenAPI description of 2026-03-10).
"""

from __future__ import annotations

from bridgewright.simulate.github.schema import listed, schema

USER = schema(
    "login*:string id*:integer node_id*:string url*:string type*:string site_admin*:boolean"
)
MAYBE_USER = USER | {"type": ["object", "null"]}
FULL_USER = schema(
    "login*:string id*:integer type*:string created_at*:string public_repos*:integer"
)
REPOSITORY = schema(
    "id*:integer node_id*:string name*:string full_name*:string owner*:user private*:boolean"
    " html_url*:string url*:string fork*:boolean description*:string? default_branch*:string"
    " created_at*:string updated_at*:string pushed_at*:string clone_url*:string",
    user=USER,
)
LABEL = schema(
    "id*:integer node_id*:string url*:string name*:string color*:string default*:boolean"
    " description*:string?"
)
REACTIONS = schema("url*:string total_count*:integer")
ISSUE = schema(
    "id*:integer node_id*:string url*:string repository_url*:string html_url*:string number*:integer"
    " state*:open|closed title*:string body*:string? user*:user? labels*:[label] assignees*:[user]"
    " locked*:boolean comments*:integer created_at*:string updated_at*:string closed_at*:string?"
    " author_association*:string reactions*:reactions pull_request:object",
    user=USER,
    label=LABEL,
    reactions=REACTIONS,
)
COMMENT = schema(
    "id*:integer node_id*:string url*:string html_url*:string issue_url*:string user*:user?"
    " body*:string created_at*:string updated_at*:string",
    user=USER,
)
SIDE = schema(
    "label*:string ref*:string sha*:string user*:user? repo*:repo?", user=USER, repo=REPOSITORY
)
PULL = schema(
    "id*:integer node_id*:string url*:string html_url*:string number*:integer state*:open|closed"
    " title*:string body*:string? user*:user labels*:[label] draft*:boolean merged_at*:string?"
    " merge_commit_sha*:string? requested_reviewers*:[user] head*:side base*:side _links*:object",
    user=USER,
    label=LABEL,
    side=SIDE,
)
FULL_PULL = schema(
    "number*:integer merged*:boolean mergeable*:boolean? mergeable_state*:string commits*:integer"
    " additions*:integer deletions*:integer changed_files*:integer head*:side base*:side"
    " comments*:integer maintainer_can_modify*:boolean merged_by*:user?",
    user=USER,
    side=SIDE,
)
MERGED = schema("sha*:string merged*:boolean message*:string")
REVIEW = schema(
    "id*:integer node_id*:string user*:user? body*:string commit_id*:string html_url*:string"
    " state*:APPROVED|CHANGES_REQUESTED|COMMENTED|PENDING submitted_at:string",
    user=USER,
)
REVIEWERS = schema("users*:[user] teams*:array", user=USER)
PERSON = schema("name*:string email*:string date*:string")
COMMIT = schema(
    "sha*:string node_id*:string url*:string html_url*:string commit*:inside author*:user?"
    " committer*:user? parents*:array",
    user=USER,
    inside=schema("message*:string author*:person committer*:person tree*:object", person=PERSON),
)
GIT_COMMIT = schema(
    "sha*:string url*:string message*:string author*:person committer*:person tree*:object"
    " parents*:array",
    person=PERSON,
)
FILE = schema(
    "sha*:string filename*:string status*:string additions*:integer deletions*:integer"
    " changes*:integer contents_url*:string"
)
COMPARISON = schema(
    "status*:ahead|behind|diverged|identical ahead_by*:integer behind_by*:integer"
    " total_commits*:integer commits*:[commit] files*:[file]",
    commit=COMMIT,
    file=FILE,
)
REF = schema(
    "ref*:string node_id*:string url*:string object*:object",
    object=schema("sha*:string type*:string url*:string"),
)
SHORT_BRANCH = schema("name*:string commit*:object protected*:boolean")
BRANCH = schema("name*:string commit*:commit protected*:boolean", commit=COMMIT)
TREE = schema("sha*:string url*:string tree*:array truncated*:boolean")
BLOB = schema("sha*:string url*:string content*:string encoding*:string size*:integer")
NEW_BLOB = schema("sha*:string url*:string")
ENTRY = schema(
    "type*:file|dir name*:string path*:string sha*:string size*:integer url*:string"
    " html_url*:string git_url*:string download_url*:string? _links*:object"
    " content:string encoding:string"
)
CONTENT = {"oneOf": [ENTRY, listed(ENTRY)]}
FILE_COMMIT = schema("content*:entry? commit*:commit", entry=ENTRY, commit=GIT_COMMIT)
CHECK = schema(
    "id*:integer name*:string node_id*:string head_sha*:string url*:string status*:string"
    " conclusion*:string? started_at*:string completed_at*:string? output*:output"
    " check_suite*:object app*:object pull_requests*:array",
    output=schema(
        "title*:string? summary*:string? text*:string? annotations_count*:integer"
        " annotations_url*:string"
    ),
)
CHECKS = schema("total_count*:integer check_runs*:[check]", check=CHECK)
ANNOTATION = schema(
    "path*:string start_line*:integer end_line*:integer annotation_level*:string? message*:string?"
    " blob_href*:string"
)
STATUS = schema(
    "id*:integer url*:string state*:error|failure|pending|success context*:string"
    " description*:string? target_url*:string? created_at*:string updated_at*:string"
)
COMBINED = schema(
    "state*:failure|pending|success statuses*:[status] sha*:string total_count*:integer"
    " repository*:repository",
    status=STATUS,
    repository=REPOSITORY,
)
CONFIG = schema("url*:string content_type*:string insecure_ssl*:string secret:string")
HOOK = schema(
    "id*:integer type*:string name*:string active*:boolean events*:[string] config*:config"
    " url*:string ping_url*:string deliveries_url*:string created_at*:string updated_at*:string"
    " last_response*:object",
    config=CONFIG,
)
DELIVERY = schema(
    "id*:integer guid*:string delivered_at*:string redelivery*:boolean duration*:number"
    " status*:string status_code*:integer event*:string action*:string? installation_id*:integer?"
    " repository_id*:integer?",
    number={"type": "number"},
)
FULL_DELIVERY = schema(
    "id*:integer guid*:string event*:string request*:object response*:object url*:string"
)
APP = schema(
    "id*:integer slug*:string name*:string permissions*:object events*:[string] owner*:object"
)
INSTALLATION = schema(
    "id*:integer account*:user app_id*:integer target_id*:integer target_type*:string"
    " permissions*:object events*:[string] repository_selection*:all|selected"
    " access_tokens_url*:string",
    user=USER,
)
TOKEN = schema(
    "token*:string expires_at*:string permissions*:object repository_selection*:all|selected"
)
ACCESSIBLE = schema("total_count*:integer repositories*:[repository]", repository=REPOSITORY)
LIMIT = schema("limit*:integer remaining*:integer reset*:integer used*:integer")
RATES = schema(
    "resources*:all rate*:limit", limit=LIMIT, all=schema("core*:limit search*:limit", limit=LIMIT)
)
DATA = schema("data:object errors:array")
NOTHING = schema("")
TROUBLE = schema("message*:string documentation_url*:string status*:string errors:array")

NAMES = {
    "type": "array",
    "items": {"oneOf": [{"type": "string"}, schema("name*:string")]},
}
ASKED_ISSUE = schema(
    "title*:title body:string? labels:names? assignees:[string]? assignee:string?"
    " milestone:number?",
    title={"oneOf": [{"type": "string"}, {"type": "integer"}]},
    number={"oneOf": [{"type": "integer"}, {"type": "string"}]},
    names=NAMES,
)
CHANGED_ISSUE = schema(
    "title:title? body:string? labels:names? assignees:[string]? assignee:string?"
    " milestone:number? state:open|closed state_reason:completed|not_planned|reopened|duplicate?",
    title={"oneOf": [{"type": "string"}, {"type": "integer"}]},
    number={"oneOf": [{"type": "integer"}, {"type": "string"}]},
    names=NAMES,
)
ASKED_LABELS = {"oneOf": [schema("labels:names", names=NAMES), NAMES]}
ASKED_LABEL = schema("name*:string color:string description:string?")
CHANGED_LABEL = schema("new_name:string color:string description:string?")
ASKED_BODY = schema("body*:string")
LOCKING = {
    "oneOf": [
        schema("lock_reason:off-topic|resolved|spam"),
        schema("lock_reason:reason", reason={"type": "string", "enum": ["too heated"]}),
    ]
}
PEOPLE = schema("assignees:[string]")
ASKED_PULL = schema(
    "title:string head*:string base*:string body:string? draft:boolean maintainer_can_modify:boolean"
    " head_repo:string issue:integer"
)
CHANGED_PULL = schema(
    "title:string body:string? state:open|closed base:string maintainer_can_modify:boolean"
)
MERGING = schema(
    "commit_title:string? commit_message:string? sha:string merge_method:merge|squash|rebase"
)
ASKED_REVIEW = schema(
    "body:string? event:APPROVE|REQUEST_CHANGES|COMMENT commit_id:string comments:array"
)
SUBMITTED_REVIEW = schema("event*:APPROVE|REQUEST_CHANGES|COMMENT body:string?")
ASKED_REVIEWERS = schema("reviewers:[string] team_reviewers:[string]")
DROPPED_REVIEWERS = schema("reviewers*:[string] team_reviewers:[string]")
_WHO = schema("name*:string email*:string date:string")
WRITTEN_FILE = schema(
    "message*:string content*:string sha:string? branch:string committer:who author:who", who=_WHO
)
DROPPED_FILE = schema(
    "message*:string sha*:string branch:string committer:who author:who", who=_WHO
)
ASKED_REF = schema("ref*:string sha*:string")
MOVED_REF = schema("sha*:string force:boolean")
ASKED_COMMIT = schema(
    "message*:string tree*:string parents:[string] author:who committer:who", who=_WHO
)
ASKED_TREE = schema(
    "tree*:[entry] base_tree:string?",
    entry=schema("path*:string mode:string type:string sha:string? content:string"),
)
ASKED_BLOB = schema("content*:string encoding:utf-8|base64")
_CHECK = (
    " status:queued|in_progress|completed|waiting|requested|pending started_at:string"
    " conclusion:action_required|cancelled|failure|neutral|success|skipped|stale|timed_out"
    " completed_at:string details_url:string external_id:string output:output actions:array"
)
_NOTE = schema(
    "path*:string start_line*:integer end_line*:integer start_column:integer end_column:integer"
    " annotation_level*:notice|warning|failure message*:string title:string raw_details:string"
)
_OUTPUT = "summary*:string text:string annotations:[note] images:array"
ASKED_CHECK = schema(
    f"name*:string head_sha*:string{_CHECK}", output=schema(f"title*:string {_OUTPUT}", note=_NOTE)
)
CHANGED_CHECK = schema(f"name:string{_CHECK}", output=schema(f"title:string {_OUTPUT}", note=_NOTE))
ASKED_STATUS = schema(
    "state*:error|failure|pending|success target_url:string? description:string? context:string"
)
_INSECURE = {"oneOf": [{"type": "string"}, {"type": "integer"}]}
_CONFIG = schema(
    "url:string content_type:json|form secret:string insecure_ssl:insecure", insecure=_INSECURE
)
ASKED_HOOK = schema("name:string config:config events:[string] active:boolean", config=_CONFIG)
CHANGED_HOOK = schema(
    "config:config events:[string] add_events:[string] remove_events:[string] active:boolean",
    config=_CONFIG,
)
CHANGED_CONFIG = _CONFIG
ASKED_TOKEN = schema("repositories:[string] repository_ids:[integer] permissions:object")
ASKED_GRAPHQL = schema("query*:string variables:object? operationName:string?")
ASKED_REPOSITORY = schema("name*:string description:string? private:boolean auto_init:boolean")
FORKING = schema("organization:string name:string default_branch_only:boolean")
