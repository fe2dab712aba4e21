"""PagerDuty."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("pagerduty"),)

VECTORS = (
    vector(
        "pagerduty",
        "go-pagerduty 1.8.0, webhookv3_test.go: its example of a valid signature",
        ("lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK",),
        (
            (
                b"X-PagerDuty-Signature",
                b"v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd",
            ),
        ),
        (
            b'{"event":{"id":"01BWDWL3NYY7LUFPZCC28QUCMK","event_type":"incident.priority_up'
            b'dated","resource_type":"incident","occurred_at":"2021-04-26T17:36:27.458Z","ag'
            b'ent":{"html_url":"https://acme.pagerduty.com/users/PLH1HKV","id":"PLH1HKV","se'
            b'lf":"https://api.pagerduty.com/users/PLH1HKV","summary":"Tenex Engineer","type'
            b'":"user_reference"},"client":null,"data":{"id":"PGR0VU2","type":"incident","se'
            b'lf":"https://api.pagerduty.com/incidents/PGR0VU2","html_url":"https://acme.pag'
            b'erduty.com/incidents/PGR0VU2","number":2,"status":"triggered","title":"A littl'
            b'e bump in the road","service":{"html_url":"https://acme.pagerduty.com/services'
            b'/PF9KMXH","id":"PF9KMXH","self":"https://api.pagerduty.com/services/PF9KMXH","'
            b'summary":"API Service","type":"service_reference"},"assignees":[{"html_url":"h'
            b'ttps://acme.pagerduty.com/users/PTUXL6G","id":"PTUXL6G","self":"https://api.pa'
            b'gerduty.com/users/PTUXL6G","summary":"User 123","type":"user_reference"}],"esc'
            b'alation_policy":{"html_url":"https://acme.pagerduty.com/escalation_policies/PU'
            b'S0KTE","id":"PUS0KTE","self":"https://api.pagerduty.com/escalation_policies/PU'
            b'S0KTE","summary":"Default","type":"escalation_policy_reference"},"teams":[{"ht'
            b'ml_url":"https://acme.pagerduty.com/teams/PFCVPS0","id":"PFCVPS0","self":"http'
            b's://api.pagerduty.com/teams/PFCVPS0","summary":"Engineering","type":"team_refe'
            b'rence"}],"priority":{"html_url":"https://acme.pagerduty.com/account/incident_p'
            b'riorities","id":"PSO75BM","self":"https://api.pagerduty.com/priorities/PSO75BM'
            b'","summary":"P1","type":"priority_reference"},"urgency":"high","conference_bri'
            b'dge":{"conference_number":1000,"conference_url":"https://example.com"},"resolv'
            b'e_reason":null}}}'
        ),
        NOW,
    ),
    vector(
        "pagerduty",
        "openssl dgst -sha256 -hmac, OpenSSL 3.0.19, by PagerDuty's page of signatures: a rotation",
        ("made-up-pagerduty-new",),
        (
            (
                b"X-PagerDuty-Signature",
                (
                    b"v1=63316ccf16dc95ba338b72ddde9058e0a0bb63bc5cb6c69668f504aa993fc7af,"
                    b"v1=6bf75761d70de834ba6e70d083d4c3cab58ce88bd3af47f2757ba4805f82b030"
                ),
            ),
        ),
        (
            b'{"event":{"id":"01DVUHO6P4XQDFJ9AHOADT3UQ4","event_type":"incident.acknowledged",'
            b'"resource_type":"incident","occurred_at":"2027-01-15T08:00:00.458Z","agent":null,'
            b'"client":null,"data":{"id":"PGR0VU2","type":"incident","title":"Zo\xc3\xab"}}}'
        ),
        NOW,
    ),
)
