"""Where long names break: between words, lines alike long, nothing lost."""
import pytest
from factories import make_campaign

from qrgen.breaks import line_choices


@pytest.mark.parametrize(
    ("text", "two"),
    [
        ("新华村镇银行兴国总行", ("新华村镇银行", "兴国总行")),
        ("农商行社富支行", ("农商行", "社富支行")),
        ("服务领域：水电气费代缴、农村客运售票", ("服务领域：水电气费代缴、", "农村客运售票")),
        ("县农业农村局（县乡村振兴局）", ("县农业农村局", "（县乡村振兴局）")),
        ("南门社区居民委员会", ("南门社区", "居民委员会")),
        ("沧源佤族自治县勐董镇", ("沧源佤族自治县", "勐董镇")),
        ("科尔沁右翼前旗乌兰毛都苏木", ("科尔沁右翼前旗", "乌兰毛都苏木")),
        ("锡林郭勒盟东乌珠穆沁旗", ("锡林郭勒盟", "东乌珠穆沁旗")),
        ("城关街道办事处便民服务中心", ("城关街道办事处", "便民服务中心")),
        ("塔什库尔干塔吉克自治县", ("塔什库尔干", "塔吉克自治县")),
        ("恩施土家族苗族自治州利川市", ("恩施土家族", "苗族自治州利川市")),
        ("阿拉善盟额济纳旗达来呼布镇", ("阿拉善盟额济纳旗", "达来呼布镇")),
        ("城北农贸市场便民服务站", ("城北农贸市场", "便民服务站")),
        (
            "谨防诈骗：填报不收任何费用，不会要您的验证码、银行卡密码，也不会让您转账。",
            ("谨防诈骗：填报不收任何费用，不会要您的", "验证码、银行卡密码，也不会让您转账。"),
        ),
    ],
)
def test_a_line_ends_where_a_word_does(text: str, two: tuple[str, str]) -> None:
    """水电气 / 费代缴 looks like a slip."""
    assert two == line_choices(text)[1]


def test_words_that_we_know_stay_whole() -> None:
    """However many lines: a people's name, a committee, what is said of the password."""
    for text, whole in (
        ("双江拉祜族佤族布朗族傣族自治县农村信用合作社", ("傣族自治县", "信用合作社")),
        ("工作人员不会要您的验证码、银行卡密码，也不会让您转账。", ("不会要您的", "银行卡")),
        ("石狮子社区居民委员会", ("居民委员会",)),
        ("广西壮族自治区融水苗族自治县", ("广西壮族自治区", "苗族自治县")),
        ("西藏自治区林芝市察隅县下察隅镇", ("西藏自治区", "察隅县")),
        ("海西州德令哈市河西街道办事处", ("德令哈市", "街道办事处")),
        ("克孜勒苏柯尔克孜自治州阿图什市", ("柯尔克孜自治州",)),
    ):
        for lines in line_choices(text):
            for word in whole:
                assert any(word in line for line in lines), lines


def test_no_letter_is_lost_and_none_stands_alone() -> None:
    """On one line, two or three, whatever the name."""
    names = [unit.name for unit in make_campaign().units]
    for text in (*names, "县" + "农业农村和乡村振兴" * 7 + "局", "A B", "", "一二"):
        for count, lines in enumerate(line_choices(text), start=1):
            assert count == len(lines)
            assert text.replace(" ", "") == "".join(lines).replace(" ", "")
            assert count == 1 or min(map(len, lines)) >= 2


def test_no_line_begins_with_a_closing_mark() -> None:
    """Nor ends with an opening one (GB/T 15834)."""
    text = "兴国县农业农村和乡村振兴局（县扶贫开发领导小组办公室）农村电商、便民服务中心"
    for lines in line_choices(text):
        assert all(line[0] not in "）、，；：" and line[-1] != "（" for line in lines)
