"""The words of GitHub's paths, and how an operation is named by them.

Everything else in a path is somebody's: owners, repositories, branches, files. Names are built from
this closed list alone, so there are never many of them, and nothing personal reaches a log by them.
"""

from __future__ import annotations

WORDS = frozenset(
    """
    accepted_assignments access access_tokens accounts actions activity add advisories agents
    ai-scan ai_credit alerts analyses annotations api app app-manifests applications approvals
    approve apps archive artifact-and-log-retention artifacts assets assignees assignments
    attach attempts attestations authors autofix autolinks automated-security-fixes automations
    available-tools available-triggers billing blobs blocked_by blocking blocks branches
    branches-where-head budgets builds bulk-list bypass-list cache caches campaigns cancel
    check-runs check-suites classrooms clones cloud-agent cluster code code-quality
    code-scanning code-security code-security-configuration code_frequency codeowners codeql
    codes_of_conduct codespaces coding-agent coding_agent collaborators comments commit_activity
    commits community compare concurrency_groups config configuration configurations conflicts
    content_exclusion contents contexts contributors conversions copilot copilot-spaces count
    creation-cap credentials custom custom-patterns customization cve databases default-level
    default-setup defaults delete-request deliveries dependabot dependencies dependency-graph
    deployment-branch-policies deployment-record deployment-records deployment_protection_rule
    deployment_protection_rules deployments deprecations detach devcontainers digest disable
    dismiss dispatches docker downloads drafts email emails emojis enable enforce_admins
    enterprise-1-day enterprise-28-day enterprises environments errors events exports
    failed_invitations feeds fetch-report fields files findings followers following force-cancel
    fork-pr-contributor-approval fork-pr-workflows-private-repos forks generate
    generate-jitconfig generate-notes generate-report gists git github-owned gitignore gpg_keys
    grades grant graphql hash-algorithm health history hook hooks hosted-runners hovercard
    images immutable-releases import insights installation installation-requests installations
    instances interaction-limits invitations issue-field-values issue-fields issue-types issues
    items jobs keys labels languages large_files latest lfs license licenses limits locations
    lock logs machine-sizes machines markdown marketplace_listing marketplace_purchases
    matching-refs members memberships merge merge-async merge-upstream merges meta metadata
    metrics migrations milestones network-configurations network-settings networks new
    notifications octocat oidc organization-1-day organization-28-day organization-roles
    organization-secrets organization-variables organizations orgs outside_collaborators
    packages pages parent participation partner paths pattern-configurations pending_deployments
    permission permissions permissions_check personal-access-token-requests
    personal-access-tokens pin pings plans platforms policies popular preferences
    premium_request priority private-registries private-vulnerability-reporting profile
    projectsV2 properties protection public public-key public_emails public_members publish
    pulls punch_card push-protection-bypasses rate_limit raw reactions readme received_events
    ref referrers refs registration-token relates_to releases remove-token rename replies repo
    reports repos repos-1-day repositories repository-access repository_invitations
    requested_reviewers required_pull_request_reviews required_signatures required_status_checks
    rerequest rerun rerun-failed-jobs resources restore restrictions retention-limit reviews
    revoke route-stats rule-suites rules rulesets runner-groups runners runs sarifs sbom
    scan-history schema scoped search seats secret-scanning secrets security-advisories
    security-managers selected-actions selected_teams selected_users self-hosted-runners
    settings setup snapshots social_accounts ssh_signing_keys stacks star stargazers starred
    start stats status statuses steps stop storage-limit storage-record storage-records stubbed
    sub sub_issue sub_issues subject-stats subscribers subscription subscriptions suggestions
    summary summary-stats suspended tags tarball tasks teams templates tests threads time-stats
    timeline timing token topics traffic transfer trees unstack update-branch usage
    usage-by-repository user user-stats user-teams-1-day users users-1-day users-28-day values
    variables variant-analyses versions views visibility vulnerability-alerts workflow workflows
    zen zipball
    """.split()
)
"""The words of every path in `githubkit-schemas` 26.10.21, read 2026-11-23, and of GraphQL's."""

_OWNED = {"repos": 3, "networks": 3, "orgs": 2, "users": 2, "enterprises": 2}
"""How many segments name whose it is, the word itself among them."""
_FREE = frozenset({"compare", "contents", "matching-refs", "ref", "refs", "tarball", "zipball"})
"""What stands behind one of these is a path or a name of the repository's own."""
_LONGEST = 6
_DONE = {"POST": "create", "PUT": "set", "PATCH": "update", "DELETE": "delete"}


def segments(path: str) -> list[str]:
    """A path's segments, without the prefix of an own server's API (`/api/v3`)."""
    found = [each for each in path.split("/") if each]
    return found[2:] if found[:2] == ["api", "v3"] else found


def words(path: str) -> list[str]:
    """What of a path is GitHub's own: `/repos/octo/hello/issues/7/comments` is issues, comments."""
    found = segments(path)
    owned = _OWNED.get(found[0], 0) if found else 0
    kept = found[:1] if owned and len(found) <= owned else []
    for each in found[owned:]:
        if each in WORDS:
            kept.append(each)
        if each in _FREE or len(kept) == _LONGEST:
            break
    return kept


def named(method: str, path: str) -> str:
    """An operation's name: `POST /repos/octo/hello/issues` is `issues.create`."""
    kept = words(path)
    verb = _DONE.get(method)
    if verb is None:
        found = segments(path)
        many = bool(kept) and found[-1] == kept[-1] and kept[-1].endswith("s")
        verb = "list" if many else "get"
    return ".".join((*kept, verb))
