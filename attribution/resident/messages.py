"""
Short messages: how a one-time password reaches a phone, behind one protocol.

`console` prints it for a demonstration, `http` speaks to any gateway of the county's
own, and the two large carriers' kits are loaded only when they are chosen. A number
and a password pass through here and are kept nowhere; errors carry neither.
"""
import json
import sys
from typing import Any, Protocol

from attribution.faults import Code
from attribution.resident.signed_post import Endpoint, NoAnswer
from qrgen.shell import Fault

TIMEOUT_S = 5.0


class NotSent(Exception):
    """The message was not taken. The text is safe to log: no number, no password."""


class Sender(Protocol):
    """Something that delivers a password."""

    def send(self, phone: str, password: str) -> None:
        """
        Deliver *password* to *phone* (eleven digits).

        Raises:
            NotSent: it was not taken.
        """


class Console:
    """Prints the password where the service runs. For demonstrations only."""

    def send(self, phone: str, password: str) -> None:
        # Standard error and not the log: a password in a kept log is a password lost.
        print(
            f"one-time password for {phone[:3]}****{phone[-4:]}: {password}",
            file=sys.stderr, flush=True,
        )


class Gateway:
    """
    ``POST url {"phone": …, "password": …}``, signed as `signed_post.sign` says; 2xx means taken.
    """

    def __init__(self, url: str, key: str, timeout_s: float = TIMEOUT_S):
        self._endpoint = Endpoint(url, key, timeout_s)

    def send(self, phone: str, password: str) -> None:
        try:
            status, _ = self._endpoint.post({"phone": phone, "password": password})
        except NoAnswer as error:
            raise NotSent(f"the gateway cannot be reached: {error}") from None
        if not 200 <= status < 300:
            raise NotSent(f"the gateway answered {status}")


class Aliyun:
    """Alibaba Cloud SMS (Dysmsapi 2017-05-25). The template takes ``code``."""

    def __init__(
        self, access_key: str, secret: str, signature: str, template: str,
        endpoint: str = "dysmsapi.aliyuncs.com", protocol: str = "https",
    ):
        try:
            from alibabacloud_dysmsapi20170525 import models
            from alibabacloud_dysmsapi20170525.client import Client
            from alibabacloud_tea_openapi.models import Config
        except ImportError:
            raise Fault(Code.SENDER_KIT, sender="aliyun") from None
        self._models = models
        self._signature, self._template = signature, template
        self._client = Client(
            Config(
                access_key_id=access_key, access_key_secret=secret, endpoint=endpoint,
                protocol=protocol, connect_timeout=3000, read_timeout=5000,
            )
        )

    def send(self, phone: str, password: str) -> None:
        request = self._models.SendSmsRequest(
            phone_numbers=phone, sign_name=self._signature, template_code=self._template,
            template_param=json.dumps({"code": password}),
        )
        try:
            code = str(self._client.send_sms(request).body.code)
        except Exception as error:  # the kit raises many kinds, some with the request in them
            raise NotSent(f"Aliyun: {type(error).__name__}") from None
        if code != "OK":
            raise NotSent(f"Aliyun: {code[:64]}")


class Tencent:
    """Tencent Cloud SMS (2021-01-11). The template takes one parameter, the password."""

    def __init__(
        self, secret_id: str, secret_key: str, app_id: str, signature: str, template: str,
        region: str = "ap-guangzhou", endpoint: str = "sms.tencentcloudapi.com",
        protocol: str = "https",
    ):
        try:
            from tencentcloud.common import credential
            from tencentcloud.common.profile.client_profile import ClientProfile
            from tencentcloud.common.profile.http_profile import HttpProfile
            from tencentcloud.sms.v20210111 import models, sms_client
        except ImportError:
            raise Fault(Code.SENDER_KIT, sender="tencent") from None
        self._models = models
        self._app_id, self._signature, self._template = app_id, signature, template
        profile = HttpProfile(protocol=protocol, endpoint=endpoint, reqTimeout=5)
        self._client = sms_client.SmsClient(
            credential.Credential(secret_id, secret_key), region,
            ClientProfile(httpProfile=profile),
        )

    def send(self, phone: str, password: str) -> None:
        request = self._models.SendSmsRequest()
        request.SmsSdkAppId = self._app_id
        request.SignName = self._signature
        request.TemplateId = self._template
        request.TemplateParamSet = [password]
        request.PhoneNumberSet = [f"+86{phone}"]
        try:
            status: Any = self._client.SendSms(request).SendStatusSet[0]
        except Exception as error:  # as above
            raise NotSent(f"Tencent: {type(error).__name__}") from None
        if str(status.Code) != "Ok":
            raise NotSent(f"Tencent: {str(status.Code)[:64]}")
