"""Amazon SNS."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bridgewright.core.model.moment import from_datetime
from bridgewright.core.model.secret import Secret
from tests.keys import certificate, pem, rsa_key
from tests.signed import vector, way

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import NeedsKey

ARN = "arn:aws:sns:eu-central-1:123456789012:orders-{number}"


def _keys(number: int) -> tuple[Secret, Secret]:
    """SNS has one key for all topics: what tells ours from others is the topic."""
    arn = ARN.format(number=number)
    return Secret(f"{arn}\n{pem(rsa_key())}"), Secret(arn)


def _publish(need: NeedsKey) -> bytes:
    del need  # which certificate SNS signs with is not signed
    return certificate("sns.amazonaws.com")


WAYS = (way("sns", _keys, publish=_publish),)

AMAZON_CERTIFICATE = b"""-----BEGIN CERTIFICATE-----
MIIFFzCCA/+gAwIBAgIQfXvtWTP5lfZLpmyNHLk1TDANBgkqhkiG9w0BAQUFADCB
tTELMAkGA1UEBhMCVVMxFzAVBgNVBAoTDlZlcmlTaWduLCBJbmMuMR8wHQYDVQQL
ExZWZXJpU2lnbiBUcnVzdCBOZXR3b3JrMTswOQYDVQQLEzJUZXJtcyBvZiB1c2Ug
YXQgaHR0cHM6Ly93d3cudmVyaXNpZ24uY29tL3JwYSAoYykxMDEvMC0GA1UEAxMm
VmVyaVNpZ24gQ2xhc3MgMyBTZWN1cmUgU2VydmVyIENBIC0gRzMwHhcNMTQwODIz
MDAwMDAwWhcNMTUwODIyMjM1OTU5WjBrMQswCQYDVQQGEwJVUzETMBEGA1UECBMK
V2FzaGluZ3RvbjEQMA4GA1UEBxQHU2VhdHRsZTEZMBcGA1UEChQQQW1hem9uLmNv
bSwgSW5jLjEaMBgGA1UEAxQRc25zLmFtYXpvbmF3cy5jb20wggEiMA0GCSqGSIb3
DQEBAQUAA4IBDwAwggEKAoIBAQDP/HD18qyBx4IgBvgVCkLTW18bULmoaaOQYtRY
yVpPxIFkNSHxT4uYH9knKUqddKQd1TEXHh0bF50lBiHZpuascNc3+FP2YKbF2t/z
a+zHfLipW01np85VDdIWedvB9TpnMdY9PQYTVx41+2fnei9WgjwXVM085WRSECh3
aRdkvOjwTN/Tlrgy3hoebVN3V5kB67b139m3xAlZjoB8MPdk/tlsk+wgVxuAY/gz
xGIZRJxlgEtsu2g8+rDkjS2tk3457Cz8aXRZSCGi+BB6yN2WhvWwPzSDJMDKxwXY
I8fGw0xutF4WHN414KBUp/s/+E6Ib7GxLUCwFon1swKRz9NxAgMBAAGjggFqMIIB
ZjAcBgNVHREEFTATghFzbnMuYW1hem9uYXdzLmNvbTAJBgNVHRMEAjAAMA4GA1Ud
DwEB/wQEAwIFoDAdBgNVHSUEFjAUBggrBgEFBQcDAQYIKwYBBQUHAwIwZQYDVR0g
BF4wXDBaBgpghkgBhvhFAQc2MEwwIwYIKwYBBQUHAgEWF2h0dHBzOi8vZC5zeW1j
Yi5jb20vY3BzMCUGCCsGAQUFBwICMBkaF2h0dHBzOi8vZC5zeW1jYi5jb20vcnBh
MB8GA1UdIwQYMBaAFA1EXBZTRMGCfh0gqyX0AWPYvnmlMCsGA1UdHwQkMCIwIKAe
oByGGmh0dHA6Ly9zZC5zeW1jYi5jb20vc2QuY3JsMFcGCCsGAQUFBwEBBEswSTAf
BggrBgEFBQcwAYYTaHR0cDovL3NkLnN5bWNkLmNvbTAmBggrBgEFBQcwAoYaaHR0
cDovL3NkLnN5bWNiLmNvbS9zZC5jcnQwDQYJKoZIhvcNAQEFBQADggEBABm5RaeH
sLtJftDeGghHAUkco8wkCshKQO1obhuMDJkJHAHbUrweP4Gw7WRhHNHo1jgA6Q61
NXik2w6H7SDVngCVIqOLFsr1DQ7fB5oSevMwjLvlaLxWBAvgKPSsjCt+QF1aNQiv
sfhOIgiJZTObBERsSs9FXWQ/vMkoisPKYJGn3KigzZj0GXSAB0do8Ejq8siBczgM
9o8NixqVvD7AOoE/QWXCtRDMRnQ5oIAc/Q9iUCJ8oAlbljDFkSqwgunpaG0iuHQZ
6Q4iHgmrgHM302H9fFxupyW46zwLH9gmbrUulmLRZT14bIzd0cZXqIl6nd8il4nq
kqQRCW8P2LDot4s=
-----END CERTIFICATE-----
"""
AMAZON_MESSAGE = b"""{
    "Type" : "Notification",
    "MessageId" : "a890c547-5d98-55e2-971d-8826fff56413",
    "TopicArn" : "arn:aws:sns:us-east-1:041977924901:foo",
    "Subject" : "test subject",
    "Message" : "test message",
    "Timestamp" : "2015-02-20T20:59:25.401Z",
    "SignatureVersion" : "1",
    "Signature" : "kzi3JBQz64uFAXG9ZuAwPI2gYW5tT7OF83oeHb8v0/XRPsy0keq2NHTCpQVRxCgPOJ/QUB2Yl/L29/W4hiHMo9+Ns0hrqyasgUfjq+XkVR1WDuYLtNaEA1vLnA0H9usSh3eVVlLhpYzoT4GUoGgstRVvFceW2QVF9EYUQyromlcbOVtVpKCEINAvGEEKJNGTXQQUkPUka3YMhHitgQg1WlFBmf+oweSYUEj8+RoguWsn6vluxD0VtIOGOml5jlUecfhDqnetF5pUVYMqCHPfHn6RBguiW+XD6XWsdKKxkjqo90a65Nlb72gPSRw6+sIEIgf4J39WFZK+FCpeSm0qAg==",
    "SigningCertURL" : "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-d6d679a1d18e95c2f9ffcf11f4f9e198.pem",
    "UnsubscribeURL" : "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:041977924901:foo:20b2d060-2a32-4506-9cb0-24b8b9e605e1",
    "MessageAttributes" : {
        "AWS.SNS.MOBILE.MPNS.Type" : {"Type":"String","Value":"token"},
        "AWS.SNS.MOBILE.WNS.Type" : {"Type":"String","Value":"wns/badge"},
        "AWS.SNS.MOBILE.MPNS.NotificationClass" : {"Type":"String","Value":"realtime"}
    }
}
"""  # noqa: E501 - as it came

MOTO_CERTIFICATE = b"""-----BEGIN CERTIFICATE-----
MIIC5DCCAcygAwIBAgIUMipKICqBhnu+5LxETyzIoWq1S3AwDQYJKoZIhvcNAQEL
BQAwPDELMAkGA1UEBhMCVVMxDzANBgNVBAoMBkFtYXpvbjEcMBoGA1UEAwwTQW1h
em9uIFJTQSAyMDQ4IE0wMTAeFw0yNjExMjgyMzU0MjBaFw0yNzExMjgyMzU0MjBa
MBwxGjAYBgNVBAMMEXNucy5hbWF6b25hd3MuY29tMIIBIjANBgkqhkiG9w0BAQEF
AAOCAQ8AMIIBCgKCAQEA+mq+q7OGOFxKLvBybxbooU4+yyfgUrqnQ+HbOH4JrnTl
BcpYxEvUQbT4qNRBbYGfq7diroZIeJndC13EldlNXOK7vzLGfLAuCZ98zjA2yCRX
QmZiLBwqmWy+jVusFk8usMm22dSw0Zh8cW/9awqyd2n31//fzcm0otMkscR7GpdF
7t64wGwwFYOq/wXf7TeDxxQZitRvHwSk1w4PWmQP1E3ouXpXhghonp3TmVSQxyLF
Ue/2AwbaEBXuDXCQrh9m9c8wQJjJeyuq/zzYf17zRVCjJ93gira79oYcElUuGABZ
xMtaGRxZhvKNH0ZY17Qy6WDppF1vAAT/afUcT4nlIwIDAQABMA0GCSqGSIb3DQEB
CwUAA4IBAQDtMGT7C8WOaRj6ERH8k3Ata+mdzUPCHlY7V/eVGyLUePfC/gY6DToQ
S8wfa4QyaFHJmZvyls8bic6owa/SBfDgU1+uZGGh6DMY2XU4K3okZwqsB+rNI7xm
mWPRrT2qwoMpG1f8TxR9W82SvU6UzRhmSIuENRhTQCfCpZYMXFJQNhqyLMMLYcHk
roEk7rc5M47BwbhSH5u8VZ33788g9pPnvjOSPOXPZfjaBbj45I1V7Sk+TXERmUds
oSKT3phT/GeAh7qSdck4giFkSw07dH67TAPFogjHtas2XEykPHcdsXhhG3Zt99QA
St9joc4EFS/cnBaeBBJNouhyuUbiIPCB
-----END CERTIFICATE-----
"""
MOTO_MESSAGE = rb"""{"Type": "Notification", "MessageId": "5dc323f9-3e1d-45b6-9d67-8d6153d7d205", "TopicArn": "arn:aws:sns:us-east-1:123456789012:orders", "Message": "first line\nsecond: \u00e9", "Timestamp": "2026-11-28T23:54:20.214Z", "SignatureVersion": "2", "Signature": "SgRROXZJm5WH8ROXQBX/b5zniVmKw0AVYvSahNu309F1SPylrMsbakn98PiCtg3DojIx4LORRK76iEojXD0PwKy/iItU8kmVdjT5oyjf2P7vbKaZxHOyIMwHiEdKFmZmWrVqd9WsQ2IkRU4DuQ5r3Jfvr2xN8grgAxljigvIH6/0rPD04ej8e1bVrHOfXUeVLlhZrw35Hc/u9KYirlsypEklM+DlP/AKa6s0jVBq84M2bzSBzEwRkFCJxtH/HpPAVNjeLQdcQfRHmk7BhOMJy6Vq8KuB95GOfk9QLFJ8c6GyOm0w8i4DA02OWfqBkmpxDXy4WG0n4kQr1ZbqIuJjdA==", "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-43d70ecadbad4876af466c9b6543a524.pem", "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:123456789012:orders:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55"}"""  # noqa: E501 - as it came

VECTORS = (
    vector(
        "sns",
        "a message that Amazon signed by version 1 in 2015, in a test of AWS::SNS::Verify (CPAN)",
        ("arn:aws:sns:us-east-1:041977924901:foo",),
        (),
        AMAZON_MESSAGE,
        from_datetime(datetime.fromisoformat("2015-02-20T20:59:26Z")),
        publish=lambda need: AMAZON_CERTIFICATE,
    ),
    vector(
        "sns",
        "moto 5.2.5, a message published to a topic, by version 2",
        ("arn:aws:sns:us-east-1:123456789012:orders",),
        (),
        MOTO_MESSAGE,
        from_datetime(datetime.fromisoformat("2026-11-28T23:54:21Z")),
        publish=lambda need: MOTO_CERTIFICATE,
    ),
)
