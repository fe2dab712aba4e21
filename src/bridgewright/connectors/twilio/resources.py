"""The words of Twilio's paths, and how an operation is named by them. Pure.

Everything else in a path is somebody's: SIDs, unique names, phone numbers, identities. So names and
shown paths are built from this closed list alone, and nothing personal can reach a log by them.
"""

from __future__ import annotations

import re

RESOURCES = frozenset(
    """
    A2PBrandRegistrations A2PCampaignRegistrations AWS AccessTokens Account
    AccountDefaultConfiguration Accounts Actions Activities AddOnResults Addresses Alerts
    AllTime AlphaSenders Annotation Anonymize AnswerSets Applications ApprovalRequests
    ApproveChallenge Archive Archives Assessments Assets AssignedAddOns Attempts Auth
    AuthProfiles AuthTokens AuthorizationDocuments AuthorizedConnectApps AvailableAddOns
    AvailablePhoneNumbers Balance BillingPeriods Bindings BrandRegistrations Bucket Buckets Bulk
    BulkCountryUpdates Bundles ByocTrunks CallerIds Calls Categories Certificate Challenges
    ChannelEndpointAssignments ChannelSenders Channels Chunks Clones Commands CommentTags
    Comments Communications Compliance ComplianceInquiries CompositionHooks CompositionSettings
    Compositions Conferences Config Configuration Configurations ConnectApps ConnectionPolicies
    Consents Contacts Content ContentAndApprovals Context ControlPlane ConversationInsights
    ConversationSummaries ConversationWithParticipants Conversations Copies Countries
    CredentialListMappings CredentialLists Credentials CumulativeStatistics Custom
    CustomFieldMappings CustomFieldMappingsCapacity CustomerProfiles Customers Daily Data
    DataMappings DataSessions Days Deactivations Default DependentHostedNumberOrders
    DependentPhoneNumbers Deployments DestinationAlphaSenders DialingPermissions Documents
    Domain DomainConfig Domains ESimProfiles EdgeZones Eligibility EmbeddedSessions Encrypted
    EndUserTypes EndUsers Engagements Entities EntityAssignments Environments Evaluations Events
    Executions Exports Extensions Factors Feedback Fields Fleets FlexFlows Flows Forms Functions
    GB GeoPermissions HighRiskSpecialPrefixes HostedNumber HostedNumberOrders HostedNumbers
    Identifiers IdentityResolutionSettings Imports Inbound IncomingPhoneNumbers Indicators
    Initialize Insights InsightsDomains InstalledAddOns Instances Interactions Invites
    IpAccessControlListMappings IpAccessControlLists IpAddresses IpCommands IpRecords
    ItemAssignments Items Jobs Keys Knowledge KnowledgeBases LastMonth LegacyContent
    LinkShortening Listing Listings Lists Local Logs Lookup MachineToMachine Maps Media Members
    MessageInteractions Messages Messaging MessagingConfigurations MessagingService
    MessagingServices Metadata Metrics Mobile Monthly National NetworkAccessProfiles Networks
    Notifications Numbers OAuthApps Observations Operations OperatorResults OperatorTypes
    Operators Orders OriginationUrls Outbound OutgoingCallerIds Overrides
    ParticipantConversations Participants Passkeys Payloads Payments Permissions PhoneNumber
    PhoneNumbers PluginService Plugins Policies PortIn PortInRequests Portability Porting
    PreBuilt PreregisteredUsa2p Profiles Promote ProvisionalCopy PublicKeys PublishedTracks
    QualityManagement Query QueryJobs Questionnaires Questions Queues RateLimits RatePlans
    RealTimeStatistics Recall Receipts Recording RecordingRules RecordingSettings Recordings
    Records ReferralConversion Registration Registrations Regulations RegulatoryCompliance
    Releases ReplaceItems Reports RequestManagedCert Reservations Results Revisions
    RoleAssignments Roles Rooms RuleExecutions Rules SIP SMS SafeList Schemas Search Secondary
    Segments SenderIdRegistrations Senders Sentences Services Session Sessions Settings
    SettingsUpdates SharedCost SharedKeys ShortCodes SigningKeys SigningRequest Sims Sinks
    SipDomains Siprec SmsCommands SmsOtp SmsVerificationChecks SmsVerifications SourceIpMappings
    Statistics Status Steps Stores Streams SubscribeRules SubscribedEvents SubscribedTracks
    Subscriptions Summaries Summary SupportingDocumentTypes SupportingDocuments Targets
    TaskChannels TaskQueues Tasks Templates Test TestUsers Tests ThisMonth Today Tokens TollFree
    Tollfree TraitGroups Traits Transcription Transcriptions Transcripts Transfers Triggers
    Trunking Trunks TrustProducts Types Typing Usa2p Usage UsageRecords Usecases
    UserDefinedMessageSubscriptions UserDefinedMessages UserRoles Users Validate ValidateDns
    Variables VerificationCheck Verifications VerifyFactor Versions Vettings Video Voice
    VoiceVerifications Voip WebChannels WebChats Webhook Webhooks Workers Workflows Workspaces
    Yearly Yesterday a2p account authorize batch provision query scim status token whatsapp
    """.split()
)
"""Every fixed segment of the paths that twilio 9.13.0 asks for; a test holds the two together."""

WITHHELD = "****"
_VERSION = re.compile(r"v\d{1,2}|\d{4}-\d\d-\d\d")
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_READS = frozenset({"GET", "HEAD"})
_CHANGES = {"POST": "update", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def segments(path: str) -> list[str]:
    """The segments of a path, without the version it begins with and the `.json` it may end with."""
    found = [each for each in path.removesuffix(".json").split("/") if each]
    versions = [number for number, each in enumerate(found) if _VERSION.fullmatch(each)]
    return found[versions[0] + 1 :] if versions else found


def named(method: str, path: str) -> str:
    """An operation's name, in the words of the SDK: `messages.create`, `calls.update`.

    A list is read by GET on a plural, made longer by POST on a word; what has an id is fetched,
    updated, deleted.
    """
    found = segments(path)
    words = [each for each in found if each in RESOURCES]
    if words[:1] == ["Accounts"] and len(words) > 1:
        words = words[1:]  # every path of 2010-04-01 begins with the account
    of_a_word = bool(found) and found[-1] in RESOURCES
    names = [_HUMPS.sub("_", each).lower() for each in words]
    return ".".join((*names, _verb(method, found[-1] if of_a_word else "")))


def _verb(method: str, word: str) -> str:
    if method in _READS:
        return "list" if word.endswith("s") else "fetch"
    if method == "POST" and word:
        return "create"
    return _CHANGES.get(method, method.lower())


def shown(path: str) -> str:
    """A path as an exception may show it: words, versions and SIDs as they are, the rest withheld."""
    return "/".join(_shown(each) for each in path.split("/"))


def _shown(segment: str) -> str:
    stem = segment.removesuffix(".json")
    known = stem in RESOURCES or _VERSION.fullmatch(stem) or _SID.fullmatch(stem)
    return segment if known or not segment else WITHHELD
