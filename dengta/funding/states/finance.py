"""融资的状态流转: a firm's request for a loan, the white list it goes out on, a project of the
fund.

Steps as Hubei runs them (技术创新专项贷: the firm files, the county reviews in about two weeks, the
city recommends, the list is pushed). Nothing is ever sent by the system itself. Working days of a
request are those of its product.
"""

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

LOAN_REQUEST = Flow(
    id="loan_request",
    name=Text("贷款白名单申请", "Request for a white list"),
    states=(
        State(
            "county_review",
            Text("区县审核", "County review"),
            Text("区县正在审核", "The county is reviewing"),
            owner="county",
            days="loan_review_workdays",
        ),
        State(
            "returned",
            Text("退回补正", "Returned"),
            Text("请补正后重新提交", "Please mend it and hand it in again"),
            tone="bad",
            owner="enterprise",
            days="mend_workdays",
        ),
        State(
            "city_review",
            Text("市州推荐", "City recommendation"),
            Text("市州正在审核", "The city is reviewing"),
            owner="city",
            days="loan_recommend_workdays",
        ),
        State(
            "recommended",
            Text("已推荐，待列入名单", "Recommended, to be listed"),
            Text("已推荐，等待列入下一批名单", "Recommended, to go on the next list"),
            owner="province",
        ),
        State(
            "listed",
            Text("已推送，待银行答复", "Pushed, the bank to answer"),
            Text("名单已推送，等待银行答复", "On the list, waiting for the bank"),
            tone="info",
        ),
        State(
            "offered",
            Text("银行同意授信", "Offered"),
            Text("银行同意授信，请联系银行", "The bank offers credit: please contact it"),
            tone="good",
        ),
        State(
            "drawn",
            Text("已放款", "Drawn"),
            Text("贷款已发放", "The loan has been drawn"),
            tone="good",
            final=True,
        ),
        State(
            "refused",
            Text("银行未同意", "Refused by the bank"),
            Text("银行未同意", "The bank has refused"),
            tone="bad",
            final=True,
        ),
        State(
            "declined",
            Text("不予推荐", "Not recommended"),
            Text("未获推荐", "Not recommended"),
            tone="bad",
            final=True,
        ),
        State(
            "withdrawn",
            Text("企业撤回", "Withdrawn"),
            Text("已撤回", "Withdrawn"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step(
            "resubmit",
            Text("重新提交", "Hand in again"),
            ("returned",),
            "county_review",
            ("enterprise",),
        ),
        Step("pass", Text("审核通过", "Pass"), ("county_review",), "city_review", ("county",)),
        Step(
            "recommend",
            Text("推荐列入白名单", "Recommend"),
            ("city_review",),
            "recommended",
            ("city",),
        ),
        Step(
            "return",
            Text("退回补正", "Return"),
            ("county_review", "city_review"),
            "returned",
            ("county", "city"),
            reason=True,
            tone="plain",
        ),
        Step(
            "decline",
            Text("不予推荐", "Decline"),
            ("county_review", "city_review"),
            "declined",
            ("county", "city"),
            reason=True,
            tone="danger",
        ),
        Step("list", Text("列入并推送", "List"), ("recommended",), "listed", ("province",)),
        Step(
            "offer",
            Text("登记授信", "Record an offer"),
            ("listed", "offered"),
            "offered",
            ("province",),
        ),
        Step(
            "draw",
            Text("登记放款", "Record a loan"),
            ("listed", "offered"),
            "drawn",
            ("province",),
        ),
        Step(
            "refuse",
            Text("登记未同意", "Record a refusal"),
            ("listed", "offered"),
            "refused",
            ("province",),
        ),
        Step(
            "withdraw",
            Text("撤回申请", "Withdraw"),
            ("county_review", "returned", "city_review", "recommended"),
            "withdrawn",
            ("enterprise",),
            tone="danger",
        ),
    ),
)

WHITE_LIST = Flow(
    id="white_list",
    name=Text("贷款白名单", "White list"),
    states=(
        State(
            "draft",
            Text("编制中，未推送", "Being made, not pushed"),
            Text("编制中", "Being made"),
            tone="draft",
            owner="province",
        ),
        State(
            "pushed",
            Text("已推送，待答复", "Pushed, answers to come"),
            Text("已推送", "Pushed"),
            tone="info",
        ),
        State(
            "answered",
            Text("答复已登记", "Answers recorded"),
            Text("已答复", "Answered"),
            tone="good",
            final=True,
        ),
    ),
    steps=(
        Step("push", Text("定稿并推送", "Fix and push"), ("draft",), "pushed", ("province",)),
        Step(
            "answer",
            Text("答复登记完毕", "All answers are in"),
            ("pushed",),
            "answered",
            ("province",),
            tone="plain",
        ),
    ),
)

FUND_PROJECT = Flow(
    id="fund_project",
    name=Text("基金项目", "Project of the fund"),
    states=(
        State(
            "registered",
            Text("已入库", "Registered"),
            Text("已入库", "Registered"),
            owner="province",
            days="fund_screening_workdays",
        ),
        State(
            "screened",
            Text("初筛通过", "Screened"),
            Text("初筛通过", "Screened"),
            owner="province",
            days="fund_diligence_workdays",
        ),
        State(
            "diligence",
            Text("尽职调查", "Due diligence"),
            Text("尽职调查中", "Due diligence"),
            tone="info",
            owner="province",
        ),
        State(
            "decided",
            Text("已决定投资", "Decided"),
            Text("已决定投资，办理交割", "Decided, to be closed"),
            tone="good",
            owner="province",
        ),
        State(
            "invested",
            Text("已投资", "Invested"),
            Text("已投资", "Invested"),
            tone="good",
            final=True,
        ),
        State(
            "declined",
            Text("不投资", "Declined"),
            Text("未获投资", "Declined"),
            tone="bad",
            final=True,
        ),
        State(
            "withdrawn",
            Text("退出项目库", "Withdrawn"),
            Text("已退出", "Withdrawn"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step(
            "screen", Text("初筛通过", "Pass screening"), ("registered",), "screened", ("province",)
        ),
        Step(
            "examine",
            Text("启动尽职调查", "Begin due diligence"),
            ("screened",),
            "diligence",
            ("province",),
        ),
        Step("decide", Text("决定投资", "Decide"), ("diligence",), "decided", ("province",)),
        Step("invest", Text("登记已投资", "Record"), ("decided",), "invested", ("province",)),
        Step(
            "decline",
            Text("不投资", "Decline"),
            ("registered", "screened", "diligence", "decided"),
            "declined",
            ("province",),
            reason=True,
            tone="danger",
        ),
        Step(
            "withdraw",
            Text("退出项目库", "Withdraw"),
            ("registered", "screened", "diligence", "decided"),
            "withdrawn",
            ("county", "city", "province"),
            reason=True,
            tone="plain",
        ),
    ),
)
