"""构件一览: every component in all of its states, with made-up data, for reviews and tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from dengta.core.flow import Step
from dengta.core.shapes import Period, Source, Text

LONG_NAME = "湖北省某某高新技术产业开发区精密机械制造与智能装备集成应用示范有限责任公司"
DAY = dt.date(2026, 4, 1)
MOMENT = dt.datetime(2026, 4, 1, 6, 5, tzinfo=dt.UTC)
# Our own drawing of the province: name, column, row, value, light.
TILES = (
    ("十堰市", 1, 1, 148, "green"), ("神农架林区", 2, 2, 6, "grey"), ("襄阳市", 3, 1, 402, "green"),
    ("随州市", 4, 1, 131, "yellow"), ("恩施土家族苗族自治州", 1, 3, 77, "red"),
    ("宜昌市", 2, 3, 366, "green"), ("荆门市", 3, 2, 205, "green"), ("孝感市", 4, 2, 243, "yellow"),
    ("黄冈市", 6, 2, 238, "yellow"), ("武汉市", 5, 2, 1024, "green"), ("鄂州市", 6, 3, 92, "green"),
    ("天门市", 4, 3, 58, "red"), ("仙桃市", 5, 3, None, "grey"), ("潜江市", 3, 3, 64, "yellow"),
    ("荆州市", 3, 4, 217, "yellow"), ("咸宁市", 5, 4, 139, "green"), ("黄石市", 6, 4, 176, "green"),
)  # fmt: skip


CONTRADICTIONS = (
    {
        "text": Text("联网的设备比数字化的还多", "More machines are connected than are digital"),
        "sides": (
            {
                "item": "q2",
                "label": Text("数字化设备占比", "Share of digital machines"),
                "shown": Text("不超过 10%", "10% or less"),
            },
            {
                "item": "q3",
                "label": Text("联网设备占比", "Share of connected machines"),
                "shown": Text("超过 40%，不超过 60%", "More than 40%, up to 60%"),
            },
        ),
    },
)


class SampleForm(forms.Form):
    """One field of each kind that pages use."""

    uscc = forms.CharField(
        label=_("统一社会信用代码"),
        help_text=_("18 位，印在营业执照上。填写时即核对两位校验码。"),
        widget=forms.TextInput(attrs={"data-uscc": "", "autocomplete": "off", "maxlength": "22"}),
    )
    spend = forms.CharField(
        label=_("上年度上云支出"),
        help_text=_("以发票金额合计，最多两位小数。"),
        widget=forms.TextInput(attrs={"data-unit": "元", "inputmode": "decimal"}),
    )
    division = forms.ChoiceField(
        label=_("所在市州"), choices=[("", _("请选择"))] + [(name, name) for name, *_rest in TILES]
    )
    started = forms.DateField(
        label=_("成立日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    depth = forms.ChoiceField(
        label=_("上云深度"),
        help_text=_("按合同中最深的一项选择。"),
        widget=forms.RadioSelect,
        choices=[
            ("resource", _("资源上云")),
            ("business", _("业务上云：把研发、生产、经营中的一项或多项业务系统迁到云上")),
            ("capability", _("能力上云")),
            ("ecosystem", _("生态上云")),
        ],
    )
    measures = forms.MultipleChoiceField(
        label=_("已采取的网络安全举措"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("A", _("无")), ("B", _("网络安全管理制度")), ("C", _("网络安全产品及服务"))],
    )
    invoice = forms.FileField(label=_("发票"), help_text=_("PDF 或图片，不超过 20 MB。"))
    note = forms.CharField(
        label=_("补充说明"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    truth = forms.BooleanField(label=_("以上内容真实，愿意接受核查"))

    def clean_spend(self) -> str:
        """Refuse everything, so that the gallery can show the error."""
        value: str = self.cleaned_data["spend"]
        raise ValidationError(
            _("“%(value)s”不是金额。请以元为单位填写数字，如 1234.50。"), params={"value": value}
        )


class QuestionForm(forms.Form):
    """One question of a wizard."""

    quality = forms.ChoiceField(
        label=_("质量管理做到了哪一步"),
        help_text=_("从低到高逐级看，选能完全做到的最高一级。"),
        widget=forms.RadioSelect,
        initial="2",
        choices=[
            ("0", _("以下都没有做到")),
            ("1", _("用表格等工具辅助管理质量信息")),
            ("2", _("质量数据用系统采集、录入和统计，流程有规范")),
            ("3", _("关键工序用数字化检测设备自动判定，原料到成品可追溯")),
            ("4", _("用模型识别影响质量的因素、预测缺陷，或与上下游共享质量数据")),
        ],
    )


def _ladder(level: int) -> dict[str, Any]:
    """A ladder on which `level` is reached; gates as texts."""
    names = ("", "一级 初始级", "二级 规范级", "三级 集成级", "四级 协同级")
    asks = ((0, 0, 0), (20, 6, 3), (40, 6, 3), (60, 8, 5), (80, 10, 6))
    score, scenes = (0, 15, 31, 49, 68, 91)[level + 1], (0, 3, 7, 7, 9, 13)[level + 1]
    steps = []
    for step in (4, 3, 2, 1):
        points, count, binding = asks[step]
        enough, met = score >= points, step <= level
        steps.append(
            {
                "level": step, "name": names[step], "reached": met, "current": step == level,
                "next": step == level + 1,
                "gates": [
                    {"label": "评分", "need": f"不低于 {points} 分", "have": f"{score}.95 分",
                     "met": enough, "gap": "" if enough else f"还差 {points - score}.05 分"},
                    {"label": "场景", "need": f"{count} 个达到本级，其中★ {binding} 个",
                     "have": f"{scenes} 个，★ 4 个", "met": met,
                     "gap": "" if met else f"还差 {max(1, count - scenes)} 个"},
                ],
            }
        )  # fmt: skip
    return {"level": level, "top": 4, "steps": steps}


def _unassessed_ladder() -> dict[str, Any]:
    ladder = _ladder(0)
    for step in ladder["steps"]:
        step["next"] = False
        for gate in step["gates"]:
            gate.update(met=None, gap="")
    return ladder


def _strip(compare: bool, answered: bool = True) -> dict[str, Any]:
    scenes = (
        ("产品生命周期数字化", (("产品设计", 1), ("工艺设计", 0), ("营销管理", 1),
                       ("售后服务", 0))),
        ("生产执行数字化", (("计划排程", 0), ("生产管控", 1), ("质量管理", 1), ("设备管理", 1),
                     ("安全生产", 1), ("能耗管理", 1))),
        ("供应链数字化", (("采购管理", 1), ("仓储物流", 1))),
        ("管理决策数字化", (("财务管理", 1), ("人力资源", 0), ("协同办公", 0), ("决策支持", 0))),
    )  # fmt: skip
    levels = iter((2, 1, 2, 0, 1, 3, 2, 2, 1, 0, 2, 3, 4, 1, 2, 0))
    gains = iter((1, 0, 0, 1, 2, 0, 1, 0, 0, 1, 0, -1, 0, 0, 0, 0))
    groups = []
    for name, cells in scenes:
        shown = []
        for scene, binding in cells:
            level, gain = next(levels), next(gains)
            before = level if compare else None
            now = level + gain if compare else level
            not_here = scene == "仓储物流" and not answered
            shown.append(
                {"name": scene, "binding": bool(binding), "before": before, "url": "#strip",
                 "not_applicable": not_here,
                 "level": now if (answered or binding) and not not_here else None}
            )  # fmt: skip
        groups.append({"name": name, "cells": shown})
    return {"groups": groups, "top": 4, "compare": compare}


def _clause(text: str, outcome: str, seen: str, needed: str) -> dict[str, str]:
    return {"text": text, "outcome": outcome, "seen": seen, "needed": needed}


def _verdicts() -> list[dict[str, Any]]:
    plan, number = "湖北省数字化赋能中小企业转型行动方案", "鄂政办发〔2023〕1号（示例）"
    source = Source(plan, number, "二（一）2", DAY, "found")
    size = _clause("属于中小微企业", "yes", "小型", "中型、小型或微型")
    supplier = _clause("本身不是云服务商", "yes", "否", "否")
    room = _clause("本年度已领金额未到上限", "yes", "8万元", "低于 20万元")
    rd = _clause("研发费用占营业收入不低于 3%", "no", "2.1%", "不低于 3%")
    rd_unknown = _clause("研发费用占营业收入不低于 3%", "unknown", "未填", "不低于 3%")
    return [
        {"name": "上云服务券", "summary": "按上云深度抵扣云服务支出。", "outcome": "yes",
         "amount_fen": 12_000_000,
         "computation": "支出 40万元 × 30%（业务上云）= 12万元，未超过年度剩余额度 12万元",
         "clauses": [size, supplier, room], "source": source, "open": True,
         "action": {"label": "申请服务券", "url": "#verdict"}},
        {"name": "创新型中小企业", "summary": "三年有效，是申报专精特新的前提。", "outcome": "no",
         "amount_fen": None, "clauses": [size, rd], "source": source,
         "change": "研发费用再增加 18万元，或按下一年度数据申报，即可符合。"},
        {"name": LONG_NAME + "参加的专精特新中小企业认定", "outcome": "unknown", "amount_fen": None,
         "clauses": [size, rd_unknown],
         "source": Source("办法（示例）", confidence="recalled-low"),
         "missing": [{"term": "上年度研发费用（万元）", "url": "#verdict"}]},
    ]  # fmt: skip


def _clocks() -> list[dict[str, Any]]:
    return [
        {"holder": "区经信局", "left": 6, "due": DAY},
        {"holder": "区经信局", "left": 2, "due": DAY},
        {"holder": "市经信局", "left": 0, "due": DAY},
        {"holder": "省经信厅中小企业发展处", "left": -3, "due": DAY},
        {"holder": "申请企业", "paused": "等待补充合同扫描件", "left": 4},
        {"holder": "省财政厅", "left": None},
        {"holder": "", "done": "已于 2026年4月1日办结"},
    ]


def _events() -> list[dict[str, Any]]:
    at = MOMENT
    return [
        {"what": "退回补充", "who": "李明", "desk": "江夏区经信局", "at": at, "tone": "wait",
         "why": "合同第 3 页缺少服务期限。\n请补充带签章的完整扫描件，补充后时钟继续。",
         "documents": [{"name": "退回通知.pdf", "url": "#timeline"}]},
        {"what": "机器核对发现同一发票已被使用", "who": "系统", "at": at - dt.timedelta(hours=3),
         "tone": "bad", "link": {"label": "查看先用此发票的申请", "url": "#timeline"}},
        {"what": "提交申请", "who": LONG_NAME, "at": at - dt.timedelta(days=1), "tone": "good",
         "documents": [{"name": "发票.pdf", "url": "#timeline"},
                       {"name": "合同.pdf", "url": "#timeline"}]},
        {"what": "建立草稿", "who": LONG_NAME, "at": at - dt.timedelta(days=2), "tone": "draft"},
    ]  # fmt: skip


def _money() -> list[dict[str, Any]]:
    full = 5_000_000_000
    return [
        {"title": "2026 年上云服务券资金池", "paid": 1_234_567_890, "reserved": 765_432_110,
         "available": full - 2_000_000_000, "cap": full},
        {"title": "刚设立，尚未使用", "paid": 0, "reserved": 0, "available": full, "cap": full},
        {"title": "已用完", "paid": full - 100, "reserved": 100, "available": 0, "cap": full},
    ]  # fmt: skip


def _map() -> dict[str, Any]:
    return {
        "title": "上云企业：17 个市州中 8 个达到进度", "unit": "家", "measure": "上云企业",
        "with_target": True,
        "tiles": [
            {"name": Text(name, name), "col": col, "row": row, "value": value, "target": 200,
             "light": light, "url": f"#tile-{col}-{row}", "active": name == "宜昌市"}
            for name, col, row, value, light in TILES
        ],
    }  # fmt: skip


def _queue() -> list[dict[str, Any]]:
    clocks = _clocks()
    return [
        {"url": "#queue", "title": LONG_NAME, "number": "V2026-000123", "asks": "申请上云服务券",
         "amount_fen": 12_000_000, "applied_at": DAY, "clock": clocks[3], "bulk": "123",
         "exceptions": [{"text": "同一发票已被 V2026-000077 使用", "tone": "bad"},
                        {"text": "付款日期早于合同日期", "tone": "wait"}],
         "action": {"label": "办理", "url": "#queue"}},
        {"url": "#queue", "title": "武汉江城精工有限公司", "number": "V2026-000124",
         "asks": "申请上云服务券", "amount_fen": 1_234_567, "applied_at": DAY, "clock": clocks[0],
         "bulk": "124", "exceptions": [], "action": {"label": "办理", "url": "#queue"}},
        {"url": "#queue", "title": "宜昌某某食品厂", "number": "V2026-000125",
         "asks": "申请核销服务券", "amount_fen": 4_000_000, "applied_at": DAY, "clock": clocks[4],
         "exceptions": [], "action": {"label": "查看", "url": "#queue"}},
    ]  # fmt: skip


def _charts() -> dict[str, Any]:
    axes = [
        {"label": "设备系统", "value": "8.5", "max": "20", "before": "5"},
        {"label": "数据采集", "value": "4.2", "max": "10", "before": "4.2"},
        {"label": "信息系统", "value": "7.5", "max": "10", "before": "5"},
        {"label": "信息安全", "value": "5", "max": "10", "before": "2.5"},
        {"label": "规划管理", "value": "8.25", "max": "15", "before": "6"},
        {"label": "要素保障", "value": "3", "max": "15", "before": "3"},
        {"label": "数字化成效", "value": "15", "max": "20", "before": "10"},
    ]
    points = [
        {"at": dt.date(2023, 6, 30), "value": 900, "expected": 833},
        {"at": dt.date(2023, 12, 31), "value": 1850, "expected": 1667},
        {"at": dt.date(2024, 6, 30), "value": 2300, "expected": 2500},
        {"at": dt.date(2024, 12, 31), "value": 3050, "expected": 3333},
    ]
    return {
        "radar": {"title": "信息系统提升最多，要素保障仍是短板", "unit": "分", "now": "本次测评",
                  "earlier": "上次测评", "axes": axes},
        "triangle": {"title": "三个维度", "unit": "分", "axes": axes[:3]},
        "bars": {"title": "六成企业处在一级以下", "unit": "家", "rows": [
            {"label": "未达一级", "value": 1820, "tone": "quiet"},
            {"label": "一级", "value": 612, "tone": "river"},
            {"label": "二级", "value": 388, "tone": "river", "active": True, "note": "本企业"},
            {"label": "三级", "value": 142, "tone": "river"},
            {"label": "四级", "value": 0, "tone": "river"}]},
        "trend": {"title": "应用企业数量落后进度 283 家", "unit": "家",
                  "start": dt.date(2023, 1, 1), "due": dt.date(2025, 12, 31), "target": 5000,
                  "points": points},
    }  # fmt: skip


def _indicators() -> list[dict[str, Any]]:
    due = dt.date(2027, 12, 31)
    return [
        {"name": "“小灯塔”企业", "url": "#indicator", "actual": 212, "expected": 200, "amount": 500,
         "unit": "家", "light": "green", "due": due, "gap": 0},
        {"name": "上云企业", "url": "#indicator", "actual": 31_020, "expected": 33_000,
         "amount": 60_000, "unit": "家", "light": "yellow", "due": due, "gap": 1_980},
        {"name": "数字化工厂", "url": "#indicator", "actual": 0, "expected": 60, "amount": 100,
         "unit": "家", "light": "red", "due": due, "gap": 60},
        {"name": "“小快轻准”数字化解决方案和产品", "actual": None, "expected": 120, "amount": 300,
         "unit": "个", "light": "grey", "due": due, "gap": 0},
    ]  # fmt: skip


def _steps() -> tuple[Step, ...]:
    return (
        Step("accept", Text("通过，转联合审核", "Pass on to joint review"), ("a",), "b", ("city",)),
        Step("return", Text("退回补充", "Return"), ("a",), "c", ("city",), True, "plain"),
        Step("reject", Text("不予通过", "Reject"), ("a",), "d", ("city",), True, "danger"),
    )


def _context() -> dict[str, Any]:
    """Everything the template shows."""
    wrong = {"bad-uscc": "91420100MA4K00000X", "bad-spend": "约三万"}
    bad = SampleForm(wrong, prefix="bad")
    return {
        "breadcrumbs": [{"label": _("首页"), "url": "/"}, {"label": _("构件一览")}],
        "ladders": [_ladder(2), _ladder(4), _ladder(0), _unassessed_ladder()],
        "strips": [_strip(False), _strip(True), _strip(False, answered=False)],
        "verdicts": _verdicts(),
        "clocks": _clocks(),
        "events": _events(),
        "monies": _money(),
        "map": _map(),
        "queue": _queue(),
        "charts": _charts(),
        "indicators": _indicators(),
        "steps": _steps(),
        "badges": [
            {"name": "草稿", "tone": "draft"}, {"name": "待区县审核", "tone": "wait"},
            {"name": "已发放", "tone": "good"}, {"name": "不予通过", "tone": "bad"},
            {"name": "公示中", "tone": "info"},
        ],
        "lights": ("green", "yellow", "red", "grey"),
        "tones": ("river", "good", "wait", "bad", "quiet"),
        "stats": [
            {"label": "已参加测评的企业", "value": 12_345, "unit": "家", "url": "#stat"},
            {"label": "本年已拨付", "fen": 1_234_560_000, "note": "截至 2026年4月1日"},
            {"label": "“小灯塔”企业", "value": 212, "unit": "家", "light": "green"},
            {"label": "数字化工厂", "value": None, "light": "grey"},
        ],
        "form": SampleForm(),
        "contradictions": CONTRADICTIONS,
        "marks": [(str(n), _("%(n)s 分") % {"n": n}) for n in range(5, 0, -1)],
        "bad_form": bad,
        "step": {"index": 9, "total": 31, "section": "生产执行数字化", "action": "#step",
                 "back_url": "#step", "exit_url": "#step", "autosave": "",
                 "saved_at": MOMENT},
        "question": QuestionForm(),
        "page": Paginator(range(10_000), 20).page(7),
        "document": {"index_number": "011043000/2026-00123", "body": "湖北省人民政府办公厅",
                     "number": "鄂政办发〔2026〕1号（示例）", "issued": DAY, "topic": "中小企业",
                     "in_force": Period(DAY, dt.date(2027, 12, 31)),
                     "status": {"name": "现行有效", "tone": "good"}},
        "open_document": {"index_number": "", "body": "", "number": "", "issued": None,
                          "in_force": Period(DAY, None)},
        "code": "91420100MA4K2R3F5X",
        "amount": 123_456_789,
        "nothing": None,
    }  # fmt: skip


def gallery(request: HttpRequest) -> HttpResponse:
    """The page of all components."""
    return render(request, "gallery.html", _context())
