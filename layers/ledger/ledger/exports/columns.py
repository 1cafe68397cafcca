"""The columns of an export: their titles, and the SQL expressions of their values in a row of `NAMED`."""

from dataclasses import dataclass
from enum import Enum

NAMED = (
    "SELECT found.*, users.name AS user_name, users.email AS user_email, apps.name AS app_name, "
    "coalesce(providers.name, provider_id) AS provider FROM ({found}) found "
    "LEFT JOIN users ON users.did = user_did LEFT JOIN apps ON apps.did = app_did "
    "LEFT JOIN providers ON providers.id = provider_id"
)
"""Found calls, with the columns of the archive, and the names of what they mention (`ledger.exports.names`)."""


class Kind(Enum):
    TEXT = "text"
    COUNT = "count"
    DECIMAL = "decimal"
    JSON = "json"
    SECOND = "second"
    """A Unix second, shown as a moment of the zone."""
    MOMENT = "moment"
    """A moment in ISO 8601 in UTC, shown as a moment of the zone."""


@dataclass(frozen=True)
class Column:
    en: str
    zh: str
    name: str
    """Its name in JSON lines and Parquet: that of the API's field, where there is one."""
    value: str
    kind: Kind = Kind.TEXT


COLUMNS = (
    Column("Timestamp", "时间", "timestamp", "call_time", Kind.SECOND),
    Column("Request ID", "请求ID", "id", "id"),
    Column("User DID", "用户DID", "userDid", "user_did"),
    Column("User Name", "用户名", "userName", "user_name"),
    Column("User Email", "用户邮箱", "userEmail", "user_email"),
    Column("Model", "模型", "model", "model"),
    Column("Provider", "提供商", "provider", "provider"),
    Column("Type", "类型", "type", "type"),
    Column("Status", "状态", "status", "status"),
    Column("Input Tokens", "输入Token数", "inputTokens", "input_tokens", Kind.COUNT),
    Column("Output Tokens", "输出Token数", "outputTokens", "output_tokens", Kind.COUNT),
    Column("Total Usage", "总使用量", "totalUsage", "total_usage", Kind.DECIMAL),
    Column("Credits", "积分", "credits", "credits", Kind.DECIMAL),
    Column("Duration(s)", "时长(秒)", "duration", "duration", Kind.DECIMAL),
    Column("App DID", "应用DID", "appDid", "app_did"),
    # The CSV of AIGNE Hub ends here.
    Column("App Name", "应用名称", "appName", "app_name"),
    Column("Error Reason", "错误原因", "errorReason", "error_reason"),
    Column("Cache Read Tokens", "缓存读取Token数", "cacheReadInputTokens", "cache_read_input_tokens", Kind.COUNT),
    Column(
        "Cache Creation Tokens",
        "缓存写入Token数",
        "cacheCreationInputTokens",
        "cache_creation_input_tokens",
        Kind.COUNT,
    ),
    Column("Cost Source", "费用来源", "costSource", "cost_source"),
    Column("TTFB(ms)", "首字节时间(毫秒)", "ttfb", "ttfb", Kind.DECIMAL),
    Column("Provider TTFB(ms)", "提供商首字节时间(毫秒)", "providerTtfb", "provider_ttfb", Kind.DECIMAL),
    Column("Provider ID", "提供商ID", "providerId", "provider_id"),
    Column("Provider Request ID", "提供商请求ID", "requestId", "request_id"),
    Column("Trace ID", "追踪ID", "traceId", "trace_id"),
    Column("Credential ID", "凭证ID", "credentialId", "credential_id"),
    Column("Call Time", "调用时间(Unix秒)", "callTime", "call_time", Kind.COUNT),
    Column("Updated At", "更新时间", "updatedAt", "updated_at", Kind.MOMENT),
    Column("Cost USD", "费用(美元)", "costUsd", "cost_usd", Kind.DECIMAL),
    Column("Priced By", "定价依据", "pricedBy", "priced_by"),
    Column("Other Usage", "其他用量", "otherUsage", "other_usage", Kind.JSON),
    Column("Metadata", "元数据", "metadata", "metadata", Kind.JSON),
    Column("Response Model", "响应模型", "responseModel", "response_model"),
    Column("Service Tier", "服务等级", "serviceTier", "service_tier"),
    Column("List Cost USD", "目录价费用(美元)", "listCostUsd", "list_cost_usd", Kind.DECIMAL),
    Column("List Costs", "目录价费用明细", "listCosts", "list_costs", Kind.JSON),
    Column("Cache Savings", "缓存节省(美元)", "cacheSavings", "cache_savings", Kind.DECIMAL),
)
