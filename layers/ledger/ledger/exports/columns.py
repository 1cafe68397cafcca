"""The columns of an export: their titles, and the text of each for a page of calls."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import Enum

from ledger.calls.directory import Directory
from ledger.core.moments import HOUR, QUARTER_HOUR
from ledger.exports.raw_calls import RawCall
from ledger.pricing.providers import provider

_MOST_REMEMBERED = 20_000
_OF_HOUR = [f"{second // 60:02}:{second % 60:02}.000" for second in range(HOUR)]


class Names:
    """The names and emails of users and the names of apps, looked up for a whole page at a time."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.users: dict[str, tuple[str, str]] = {}
        self.apps: dict[str, str] = {"": ""}

    def user_name(self, did: str) -> str:
        return self.users[did][0]

    def app_name(self, did: str) -> str:
        return self.apps[did]

    def learn(self, calls: Iterable[RawCall]) -> None:
        users = {call.userDid.S for call in calls} - self.users.keys()
        apps = {call.appDid.S for call in calls} - self.apps.keys()
        if not users and not apps:
            return
        entries = self._directory.look_up(users, apps)
        for did in users:
            user = entries.user(did)
            self.users[did] = user["fullName"], user["email"]
        self.apps |= {did: entries.app(did)["appName"] for did in apps}

    def forget(self) -> None:
        """Forget all names once there are too many. May be called between two pages."""
        if len(self.users) + len(self.apps) > _MOST_REMEMBERED:
            self.users, self.apps = {}, {"": ""}


class Clock:
    """Formats times of a zone in ISO 8601 with milliseconds. A zone's offset changes at quarter hours only."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._quarters: dict[int, tuple[str, int, str]] = {}
        self._minutes: dict[str, tuple[str, str]] = {}

    def of_seconds(self, moments: Iterable[int]) -> list[str]:
        """Returns the texts of Unix times."""
        texts: list[str] = []
        for moment in moments:
            quarter = moment // QUARTER_HOUR
            date, ahead, offset = self._quarters.get(quarter) or self._learn(quarter)
            texts.append(f"{date}{_OF_HOUR[(moment + ahead) % HOUR]}{offset}")
        return texts

    def of_texts(self, moments: Sequence[str]) -> Sequence[str]:
        """Returns the texts of times that are stored in ISO 8601, in UTC."""
        return moments if self._zone is UTC else [self._moved(moment) for moment in moments]

    def _learn(self, quarter: int) -> tuple[str, int, str]:
        if len(self._quarters) > _MOST_REMEMBERED:
            self._quarters.clear()
        start = datetime.fromtimestamp(quarter * QUARTER_HOUR, self._zone)
        ahead = start.minute * 60 + start.second - quarter * QUARTER_HOUR % HOUR
        offset = start.isoformat()[19:]
        found = f"{start:%Y-%m-%dT%H}:", ahead, "Z" if offset == "+00:00" else offset
        self._quarters[quarter] = found
        return found

    def _moved(self, moment: str) -> str:
        minute = moment[:16]
        if minute not in self._minutes:
            if len(self._minutes) > _MOST_REMEMBERED:
                self._minutes.clear()
            start = datetime.fromisoformat(f"{minute}:00+00:00").astimezone(self._zone).isoformat()
            self._minutes[minute] = start[:16], "Z" if start[19:] == "+00:00" else start[19:]
        date, offset = self._minutes[minute]
        return f"{date}{moment[16:-1]}{offset}"


class Kind(Enum):
    TEXT = "text"
    NUMBER = "number"
    JSON = "json"


@dataclass(frozen=True)
class Page:
    calls: Sequence[RawCall]
    names: Names
    clock: Clock


@dataclass(frozen=True)
class Column:
    en: str
    zh: str
    name: str
    """Its name in JSON lines: that of the API's field, where there is one."""
    cells: Callable[[Page], Sequence[str]]
    kind: Kind = Kind.TEXT


_NUMBER, _JSON = Kind.NUMBER, Kind.JSON
COLUMNS = (
    Column("Timestamp", "时间", "timestamp", lambda p: p.clock.of_seconds([int(c.callTimeId.S[:10]) for c in p.calls])),
    Column("Request ID", "请求ID", "id", lambda p: [c.callTimeId.S[11:] for c in p.calls]),
    Column("User DID", "用户DID", "userDid", lambda p: [c.userDid.S for c in p.calls]),
    Column("User Name", "用户名", "userName", lambda p: [p.names.users[c.userDid.S][0] for c in p.calls]),
    Column("User Email", "用户邮箱", "userEmail", lambda p: [p.names.users[c.userDid.S][1] for c in p.calls]),
    Column("Model", "模型", "model", lambda p: [c.model.S for c in p.calls]),
    Column("Provider", "提供商", "provider", lambda p: _providers([c.providerId.S for c in p.calls])),
    Column("Type", "类型", "type", lambda p: [c.type.S for c in p.calls]),
    Column("Status", "状态", "status", lambda p: [c.status.S for c in p.calls]),
    Column("Input Tokens", "输入Token数", "inputTokens", lambda p: [c.inputTokens.N for c in p.calls], _NUMBER),
    Column("Output Tokens", "输出Token数", "outputTokens", lambda p: [c.outputTokens.N for c in p.calls], _NUMBER),
    Column("Total Usage", "总使用量", "totalUsage", lambda p: [c.totalUsage.N for c in p.calls], _NUMBER),
    Column("Credits", "积分", "credits", lambda p: [c.credits.N for c in p.calls], _NUMBER),
    Column("Duration(s)", "时长(秒)", "duration", lambda p: [c.duration.N for c in p.calls], _NUMBER),
    Column("App DID", "应用DID", "appDid", lambda p: [c.appDid.S for c in p.calls]),
    # The CSV of AIGNE Hub ends here.
    Column("App Name", "应用名称", "appName", lambda p: [p.names.apps[c.appDid.S] for c in p.calls]),
    Column("Error Reason", "错误原因", "errorReason", lambda p: [c.errorReason.S for c in p.calls]),
    Column(
        "Cache Read Tokens",
        "缓存读取Token数",
        "cacheReadInputTokens",
        lambda p: [c.cacheReadInputTokens.N for c in p.calls],
        _NUMBER,
    ),
    Column(
        "Cache Creation Tokens",
        "缓存写入Token数",
        "cacheCreationInputTokens",
        lambda p: [c.cacheCreationInputTokens.N for c in p.calls],
        _NUMBER,
    ),
    Column("Cost Source", "费用来源", "costSource", lambda p: [c.costSource.S for c in p.calls]),
    Column("TTFB(ms)", "首字节时间(毫秒)", "ttfb", lambda p: [c.ttfb.N for c in p.calls], _NUMBER),
    Column(
        "Provider TTFB(ms)",
        "提供商首字节时间(毫秒)",
        "providerTtfb",
        lambda p: [c.providerTtfb.N for c in p.calls],
        _NUMBER,
    ),
    Column("Provider ID", "提供商ID", "providerId", lambda p: [c.providerId.S for c in p.calls]),
    Column("Provider Request ID", "提供商请求ID", "requestId", lambda p: [c.requestId.S for c in p.calls]),
    Column("Trace ID", "追踪ID", "traceId", lambda p: [c.traceId.S for c in p.calls]),
    Column("Credential ID", "凭证ID", "credentialId", lambda p: [c.credentialId.S for c in p.calls]),
    Column(
        "Call Time", "调用时间(Unix秒)", "callTime", lambda p: [str(int(c.callTimeId.S[:10])) for c in p.calls], _NUMBER
    ),
    Column("Updated At", "更新时间", "updatedAt", lambda p: p.clock.of_texts([c.updatedAt.S for c in p.calls])),
    Column("Cost USD", "费用(美元)", "costUsd", lambda p: [c.costUsd.N for c in p.calls], _NUMBER),
    Column("Priced By", "定价依据", "pricedBy", lambda p: [c.pricedBy.S for c in p.calls]),
    Column("Other Usage", "其他用量", "otherUsage", lambda p: [c.otherUsage.S for c in p.calls], _JSON),
    Column("Metadata", "元数据", "metadata", lambda p: [c.metadata.S for c in p.calls], _JSON),
    Column("Response Model", "响应模型", "responseModel", lambda p: [c.responseModel.S for c in p.calls]),
)


def _providers(ids: Sequence[str]) -> list[str]:
    shown = {provider_id: provider(provider_id).display_name for provider_id in set(ids)}
    return [shown[provider_id] for provider_id in ids]
