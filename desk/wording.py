"""The sentences that the desk itself says to customers."""

from __future__ import annotations

from typing import Any

from xiaoer.service.model import Conversation, Reason, Status

BACK_WORDS = frozenset({"返回机器人", "不等了"})
"""Whole texts, and titles of buttons, that give a conversation back to the assistant."""

BACK_TO_BOT = "好的，已为您切回智能客服，请问有什么可以帮您？"
AGENT_GAVE_BACK = "人工客服已完成本次接待，接下来由智能客服继续为您服务。"
CLOSED = "本次服务已结束，感谢您的咨询。如需帮助，随时可以再次发送消息。"
TRY_AGAIN = "抱歉，刚才没能处理您的消息，请再发送一次。"

ATTACHMENT_WORDS = {"image": "[图片]", "video": "[视频]", "file": "[文件]"}


def queued(conversation: Conversation) -> str:
    """Return who answers next in a conversation that waits for a person."""
    reason = conversation.handoff.reason if conversation.handoff else None
    opening = (
        "抱歉，智能客服暂时无法回复，已为您转接人工客服。"
        if reason is Reason.ASSISTANT_DOWN
        else "已为您转接人工客服。"
    )
    return (
        f"{opening}您当前排在第 {conversation.queue_position} 位，接下来由人工客服为您解答。"
        "您的消息已保存，无需重复发送。"
    )


def accepted(agent_name: str) -> str:
    """Return what a customer reads when a person takes over."""
    name = agent_name if agent_name.startswith("客服") else f"客服{agent_name}"
    return f"{name}为您服务，请稍等，正在查看您之前的消息。"


def handoff_card(conversation: Conversation) -> dict[str, Any]:
    """Return the card that tells clients who has the floor."""
    card: dict[str, Any] = {"type": "handoff", "status": conversation.status.value}
    if conversation.status is Status.QUEUED:
        card["position"] = conversation.queue_position
    if conversation.handoff is not None and conversation.status in (Status.QUEUED, Status.HUMAN):
        card["reason"] = conversation.handoff.reason.value
    return card
