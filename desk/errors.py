"""What the desk refuses, and how every error becomes ``{"error": {"code", "message"}}`` in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from xiaoer.accounts.errors import TenantNotFound
from xiaoer.knowledge.errors import AlreadyRolledBack, EntryNotFound, ImportNotFound, ScopeNotFound, VersionNotFound
from xiaoer.knowledge.questions import QuestionNotFound
from xiaoer.service.errors import ConversationNotFound, InvalidTransition, UnsupportedMedia, UploadNotFound

REFUSALS: Mapping[str, tuple[int, str]] = {
    "token_required": (401, "请先登录后再咨询。"),
    "token_expired": (401, "登录已过期，请刷新页面后重试。"),
    "token_invalid": (401, "登录信息无效，请重新登录。"),
    "customer_unknown": (401, "没有找到您的账号，请重新登录。"),
    "not_a_visitor": (403, "客服账号不能以顾客身份发送消息。"),
    "not_an_agent": (403, "只有客服人员可以使用此功能。"),
    "agent_unknown": (403, "没有找到该客服账号，请联系管理员。"),
    "json_invalid": (400, "请求内容不是有效的 JSON。"),
    "body_invalid": (400, "请求内容的格式不正确。"),
    "body_too_large": (413, "请求内容太大，请减少后重试。"),
    "request_invalid": (422, "请求参数不正确，请检查后重试。"),
    "sender_invalid": (400, "会话标识 sender 应为 1 到 128 个字符。"),
    "message_invalid": (400, "消息应为文字。"),
    "message_empty": (400, "消息是空的，请输入内容后再发送。"),
    "message_too_long": (413, "消息太长了，最多 {limit} 个字，请分几次发送。"),
    "metadata_invalid": (400, "附加信息 metadata 的格式不正确。"),
    "attachment_invalid": (400, "附件不正确：最多 9 个，请使用已上传的文件或有效的链接。"),
    "rate_limited": (429, "您发送得太快了，请 {seconds} 秒后再试。"),
    "conversation_not_found": (404, "没有找到这个会话。"),
    "tenant_not_found": (404, "没有找到这家店铺。"),
    "anonymous_not_allowed": (403, "这家店铺需要登录后咨询。"),
    "transition_invalid": (409, "会话当前的状态不允许此操作。"),
    "upload_missing": (400, "请选择要上传的文件。"),
    "upload_too_large": (413, "文件太大了，最大 {limit}。"),
    "upload_type": (415, "仅支持 JPG、PNG、GIF、WEBP 图片，MP4 视频和 PDF 文件。"),
    "upload_not_found": (404, "没有找到这个文件。"),
    "not_a_shopper": (403, "只有顾客本人或店铺系统可以使用此接口。"),
    "not_yours": (403, "您只能查询和办理自己的业务。"),
    "order_not_found": (404, "没有找到这个订单。"),
    "shipment_not_found": (404, "没有找到这个运单。"),
    "product_not_found": (404, "没有找到这个商品。"),
    "after_sale_not_found": (404, "没有找到这个售后单。"),
    "idempotency_key_required": (400, "请在 Idempotency-Key 请求头中提供 1 到 128 个可见字符。"),
    "invalid_request": (422, "请求内容有误，请检查 {field}。"),
    "not_urgeable": (409, "订单当前的状态不需要催发货。"),
    "state_forbids": (409, "当前的状态不能办理此操作。"),
    "out_of_stock": (409, "库存不足，剩余 {available} 件。"),
    "payment_needed": (409, "更改后需要补付 {amount} 元，此接口不收款。"),
    "not_eligible": (409, "不符合售后规则，具体原因见 decision。"),
    "exceeds_bought": (409, "申请的件数超过了可申请的件数。"),
    "key_reused": (409, "这个 Idempotency-Key 已用于另一个请求。"),
    "knowledge_read_only": (403, "您可以查看这里的知识，但不能修改。"),
    "entry_not_found": (404, "没有找到这条知识。"),
    "version_not_found": (404, "这条知识没有这个版本。"),
    "import_not_found": (404, "没有找到这次导入。"),
    "question_not_found": (404, "没有找到这个问题，请刷新后重试。"),
    "message_not_found": (404, "这个会话里没有这条消息。"),
    "version_conflict": (409, "这条知识已被别人修改，现在是第 {version} 版，请刷新后再改。"),
    "already_known": (409, "已经有这条知识了，编号是 {entry_id}。"),
    "already_rolled_back": (409, "这次导入已经撤销过了。"),
    "not_a_reply": (409, "只有客服人员回复顾客的消息才能整理成知识。"),
    "question_missing": (422, "在这条回复之前没有找到顾客的问题，请填写 question。"),
    "entry_invalid": (422, "{name}有误：{reason}。"),
    "synonyms_invalid": (422, "第 {group} 组同义词有误：{reason}。"),
    "file_unreadable": (422, "{reason}。"),
    "not_found": (404, "没有找到您要的页面或接口。"),
    "method_not_allowed": (405, "此接口不支持这种请求方式。"),
    "internal": (500, "服务出了点问题，请稍后再试。"),
}
"""Status and customer-readable words by code."""

OF_DOMAIN: Mapping[type[Exception], str] = {
    TenantNotFound: "tenant_not_found",
    ConversationNotFound: "conversation_not_found",
    InvalidTransition: "transition_invalid",
    UploadNotFound: "upload_not_found",
    UnsupportedMedia: "upload_type",
    ScopeNotFound: "tenant_not_found",
    EntryNotFound: "entry_not_found",
    VersionNotFound: "version_not_found",
    ImportNotFound: "import_not_found",
    QuestionNotFound: "question_not_found",
    AlreadyRolledBack: "already_rolled_back",
}
"""Errors of the domain, each with its code."""

BY_STATUS: Mapping[int, str] = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 500: "internal"}


class DeskError(Exception):
    """A request that the desk refuses.

    Args:
        code: A key of ``REFUSALS``.
        retry_after: Seconds after which another try makes sense.
        shown: What clients receive beside code and message.
        details: What the words have placeholders for.

    Attributes:
        code: The machine-readable name.
        status: HTTP status.
        message: Words for the customer.
        retry_after: Seconds, or ``None``.
    """

    def __init__(
        self,
        code: str,
        *,
        retry_after: int | None = None,
        shown: Mapping[str, Any] | None = None,
        **details: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status, words = REFUSALS[code]
        self.message = words.format(**details)
        self.retry_after = retry_after
        self._shown = dict(shown or {})

    @property
    def body(self) -> dict[str, Any]:
        """The error as clients receive it."""
        return {"error": {"code": self.code, "message": self.message, **self._shown}}


def error_response(error: DeskError) -> JSONResponse:
    """Return the HTTP form of an error."""
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(error.body, status_code=error.status, headers=headers)


def malformed_request(error: RequestValidationError) -> DeskError:
    """Return what is wrong with the form of a request, with the name of the first field that is."""
    first = error.errors()[0]
    if "json" in str(first.get("type", "")):
        return DeskError("json_invalid")
    named = [str(part) for part in first.get("loc", ())[1:]]
    field = ".".join(named) or "body"
    return DeskError("invalid_request", shown={"field": field}, field=field)


def install_error_handlers(app: FastAPI) -> None:
    """Make the app answer errors that have a name in the one form; ``desk.layers.Shelter`` answers the others."""

    @app.exception_handler(DeskError)
    async def refused(_request: Request, error: DeskError) -> JSONResponse:
        return error_response(error)

    async def of_domain(_request: Request, error: Exception) -> JSONResponse:
        return error_response(DeskError(OF_DOMAIN[type(error)]))

    for kind in OF_DOMAIN:
        app.add_exception_handler(kind, of_domain)

    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        broken = any("json" in str(each.get("type", "")) for each in error.errors())
        return error_response(DeskError("json_invalid" if broken else "request_invalid"))

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> JSONResponse:
        refusal = DeskError(BY_STATUS.get(error.status_code, "body_invalid" if error.status_code < 500 else "internal"))
        response = error_response(refusal)
        response.status_code = error.status_code
        response.headers.update(error.headers or {})
        return response
