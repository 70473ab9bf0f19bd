"""
Real user agents, one row each: who they are, what help they get, and that no app of ours
to serve is taken for a bot. Collected from public code.
"""
import pytest

from attribution.resident import user_agents

W = "AppleWebKit/537.36 (KHTML, like Gecko)"
IOS = "AppleWebKit/605.1.15 (KHTML, like Gecko)"

# user agent, name, system, hint
PEOPLE = [
    # WeChat: iPhone, Android, a computer, a mini program's web view
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 12_1 like Mac OS X) {IOS} Mobile/16B92 "
     "MicroMessenger/6.7.2 NetType/WIFI Language/zh_CN", "wechat", "ios", "menu"),
    (f"Mozilla/5.0 (Linux; Android 8.1.0; PBAM00 Build/OPM1.171019.026; wv) {W} Version/4.0 "
     "Chrome/66.0.3359.126 MQQBrowser/6.2 TBS/045331 Mobile Safari/537.36 "
     "MicroMessenger/7.0.17.1720(0x27001134) Process/tools WeChat/arm64 NetType/3gnet "
     "Language/zh_CN ABI/arm64", "wechat", "android", "menu"),
    (f"Mozilla/5.0 (Windows NT 10.0; WOW64) {W} Chrome/81.0.4044.138 Safari/537.36 "
     "NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090016)",
     "wechat", "desktop", "desktop"),
    (f"Mozilla/5.0 (Linux; Android 13; M2012K11AC Build/TKQ1.220829.002; wv) {W} Version/4.0 "
     "Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160065 MMWEBSDK/20231002 MMWEBID/6170 "
     "MicroMessenger/8.0.43.2480(0x28002B51) WeChat/arm64 Weixin NetType/4G Language/zh_CN "
     "ABI/arm64 miniProgram/wx0000000000000000", "wechat", "android", "menu"),
    # WeCom
    (f"Mozilla/5.0 (Linux; Android 13; M2012K11AC Build/TKQ1.220829.002; wv) {W} Version/4.0 "
     "Chrome/116.0.0.0 Mobile Safari/537.36 wxwork/4.1.22 MicroMessenger/7.0.1 NetType/WIFI "
     "Language/zh ColorScheme/Light", "wecom", "android", "menu"),
    # Alipay: iPhone, Android with UC's engine
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6_2 like Mac OS X) {IOS} Mobile/22G100 "
     "ChannelId(8) Ariver/1.1.0 AliApp(AP/10.8.30.6000) Nebula WK RVKType(0) "
     "AlipayDefined(nt:WIFI,ws:390|844|3.0,ac:ss) AlipayClient/10.8.30.6000 Language/zh-Hans "
     "Region/CN NebulaX/1.0.0 XRiver/10.2.58.1", "alipay", "ios", "inside"),
    (f"Mozilla/5.0 (Linux; U; Android 7.1.1; zh-CN; OD103 Build/NMF26F) {W} Version/4.0 "
     "Chrome/40.0.2214.89 UCBrowser/11.3.8.909 UWS/2.10.2.5 Mobile Safari/537.36 UCBS/2.10.2.5 "
     "Nebula AlipayDefined(nt:WIFI,ws:360|0|3.0) AliApp(AP/10.0.18.062203) "
     "AlipayClient/10.0.18.062203 Language/zh-Hans useStatusBar/true",
     "alipay", "android", "inside"),
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 12_1 like Mac OS X) {IOS} Mobile/16B92 "
     "NebulaSDK/1.8.100112 Nebula PSDType(1) AlipayDefined(nt:WIFI,ws:375|603|2.0) "
     "AliApp(AP/10.1.52.6006) AlipayClient/10.1.52.6006 Alipay Language/zh-Hans",
     "alipay", "ios", "inside"),
    # 云闪付 itself, and banks that also say UnionPay
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) {IOS} Mobile/15E148/sa-sdk-ios "
     "(com.unionpay.chsp) (cordova 4.5.4) (updebug 0) (version 938) (UnionPay/1.0 CloudPay) "
     "(clientVersion 198) (language zh_CN) (upHtml) (walletMode 00)",
     "unionpay", "ios", "unionpay"),
    (f"Mozilla/5.0 (Linux; Android 12; JEF-AN00 Build/HUAWEIJEF-AN00; wv) {W} Version/4.0 "
     "Chrome/99.0.4844.88 Mobile Safari/537.36 UnionPay/1.0 CCBLoongPay",
     "bank", "android", "inside"),
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 15_4 like Mac OS X) {IOS} Mobile/15E148 "
     "bankabciphone/7.3.0", "bank", "ios", "inside"),
    # QQ, Douyin, Toutiao, Weibo, DingTalk
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 13_3 like Mac OS X) {IOS} Mobile/15E148 QQ/8.2.7.614 "
     "V1_IPH_SQ_8.2.7_1_APP_A Pixel/750 MiniAppEnable SimpleUISwitch/0",
     "qq", "ios", "menu"),
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 14_2 like Mac OS X) {IOS} Mobile/15E148 "
     "aweme_13.6.0 JsSdk/2.0 NetType/WIFI Channel/App Store ByteLocale/zh Region/CN",
     "douyin", "ios", "menu"),
    (f"Mozilla/5.0 (Linux; Android 10; HLK-AL00 Build/HONORHLK-AL00; wv) {W} Version/4.0 "
     "Chrome/75.0.3770.156 Mobile Safari/537.36 aweme_130901 JsSdk/1.0 NetType/WIFI "
     "AppName/aweme app_version/13.9.1 ByteLocale/zh-CN BytedanceWebview/d8a21c6",
     "douyin", "android", "menu"),
    (f"Mozilla/5.0 (Linux; Android 9; MI 8 Build/PKQ1.180729.001; wv) {W} Version/4.0 "
     "Chrome/75.0.3770.142 Mobile Safari/537.36 NewsArticle/7.6.8 ToutiaoMicroApp/1.52.0",
     "toutiao", "android", "menu"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 11_2_6 like Mac OS X) AppleWebKit/604.5.6 "
     "(KHTML, like Gecko) Mobile/15D100 Weibo (iPhone9,1__weibo__8.2.0__iphone__os11.2.6)",
     "weibo", "ios", "menu"),
    (f"Mozilla/5.0 (Linux; Android 12; V2055A Build/SP1A.210812.003; wv) {W} Version/4.0 "
     "Chrome/100.0.4896.58 Mobile Safari/537.36 AliApp(DingTalk/6.5.50) "
     "com.alibaba.android.rimet/26178691", "dingtalk", "android", "menu"),
    # Baidu's app: some lists call each of these a bot
    (f"Mozilla/5.0 (Linux; Android 9; STK-AL00 Build/HUAWEISTK-AL00; wv) {W} Version/4.0 "
     "Chrome/76.0.3809.89 Mobile Safari/537.36 T7/11.20 SP-engine/2.16.0 "
     "baiduboxapp/11.20.0.14 (Baidu; P1 9) NABar/1.0", "baidu", "android", "inside"),
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 13_5_1 like Mac OS X) {IOS} Mobile/15E148 "
     "SP-engine/2.22.0 main%2F1.0 baiduboxapp/11.26.1.10 (Baidu; P2 13.5.1) NABar/1.0",
     "baidu", "ios", "inside"),
    ("Dalvik/2.1.0 (Linux; U; Android 12; RMX2111 Build/SP1A.210812.016) "
     "baiduboxapp/13.33.0.11 (Baidu; P1 12) SP-engine/2.71.0", "baidu", "android", "inside"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 11_2_6 like Mac OS X) AppleWebKit/604.5.6 "
     "(KHTML, like Gecko) Version/11. Mobile/15D100 Safari/600.1.4 baidubrowser/4.13.0.16 "
     "(Baidu; P2 11.2.6)", "baidu", "ios", "inside"),
    # UC, Quark, Sogou, QQ's browser, MIUI
    (f"Mozilla/5.0 (Linux; U; Android 9; en-US; MI 8) {W} Version/4.0 Chrome/57.0.2987.108 "
     "UCBrowser/13.2.0.1122 Mobile Safari/537.36", "uc", "android", "plain"),
    (f"Mozilla/5.0 (Linux; U; Android 9; zh-CN; MI 8 SE Build/PKQ1.181121.001) {W} Version/4.0 "
     "Chrome/57.0.2987.108 Quark/3.0.4.945 Mobile Safari/537.36", "quark", "android", "plain"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 11_2_6 like Mac OS X) AppleWebKit/604.5.6 "
     "(KHTML, like Gecko) Mobile/15D100 SogouMobileBrowser/5.11.10", "sogou", "ios", "plain"),
    (f"Mozilla/5.0 (Linux; U; Android 11; zh-cn; M2007J3SC Build/RKQ1.200826.002) {W} "
     "Version/4.0 Chrome/89.0.4389.72 MQQBrowser/12.6 Mobile Safari/537.36",
     "qqbrowser", "android", "plain"),
    (f"Mozilla/5.0 (Linux; U; Android 10; zh-cn; Redmi K30 Build/QKQ1.190825.002) {W} "
     "Version/4.0 Chrome/79.0.3945.147 Mobile Safari/537.36 XiaoMi/MiuiBrowser/13.5.40",
     "android", "android", "plain"),
    # Phones' own browsers: HarmonyOS NEXT, HarmonyOS 2-4, iPhone, an old Android
    (f"Mozilla/5.0 (Phone; OpenHarmony 5.0) {W} Chrome/114.0.0.0 Safari/537.36 "
     "ArkWeb/4.1.6.1 Mobile", "harmony", "harmony", "plain"),
    (f"Mozilla/5.0 (Linux; Android 10; HarmonyOS; NOH-AN00; HMSCore 6.1.0.314) {W} "
     "Chrome/88.0.4324.93 HuaweiBrowser/11.1.5.310 Mobile Safari/537.36",
     "android", "android", "plain"),
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) {IOS} Version/17.5 "
     "Mobile/15E148 Safari/604.1", "ios", "ios", "plain"),
    (f"Mozilla/5.0 (Linux; Android 5.1.1; OPPO A33 Build/LMY47V) {W} Chrome/43.0.2357.121 "
     "Mobile Safari/537.36", "android", "android", "plain"),
    # A telephone whose name ends in "bot"
    (f"Mozilla/5.0 (Linux; Android 9; CUBOT_X19) {W} Chrome/88.0.4324.152 Mobile Safari/537.36",
     "android", "android", "plain"),
    # Computers, and somebody unknown
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {W} Chrome/120.0.0.0 Safari/537.36",
     "desktop", "desktop", "desktop"),
    ("Something nobody has seen/1.0", "other", "other", "plain"),
    ("", "other", "other", "plain"),
]

PROGRAMS = [
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "crawler"),
    ("Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
     "crawler"),
    ("Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)", "crawler"),
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {W} Chrome/71.0.3578.98 Safari/537.36; "
     "360Spider", "crawler"),
    (f"Mozilla/5.0 (Linux; Android 8.0; Pixel 2 Build/OPD3.170816.012) {W} Chrome/60.0.4586.1691 "
     "Mobile Safari/537.36; Bytespider; bytespider@bytedance.com", "crawler"),
    ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "crawler"),
    ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "crawler"),
    ("Mozilla/5.0 (compatible; SomethingNewBot; +https://example.com)", "crawler"),
    ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "preview"),
    ("WhatsApp/2.23.20.0 A", "preview"),
    ("TelegramBot (like TwitterBot)", "preview"),
    ("curl/8.5.0", "program"),
    ("python-requests/2.32.3", "program"),
    ("Go-http-client/1.1", "program"),
    ("okhttp/4.12.0", "program"),
    (f"Mozilla/5.0 (X11; Linux x86_64) {W} HeadlessChrome/120.0.0.0 Safari/537.36", "headless"),
]


@pytest.mark.parametrize(("agent", "name", "system", "hint"), PEOPLE)
def test_a_person_is_known_by_the_app_and_counted(
    agent: str, name: str, system: str, hint: str
) -> None:
    client = user_agents.read(agent)
    assert (name, system, hint) == (client.name, client.system, client.hint)
    assert user_agents.flag_of("GET", {"User-Agent": agent}) is None


@pytest.mark.parametrize(("agent", "reason"), PROGRAMS)
def test_a_program_is_flagged_with_the_reason(agent: str, reason: str) -> None:
    assert reason == user_agents.flag_of("GET", {"User-Agent": agent})


@pytest.mark.parametrize(
    ("method", "headers", "reason"),
    [
        ("HEAD", {}, "head"),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}, "prefetch"),
        ("GET", {"Purpose": "prefetch"}, "prefetch"),
        ("GET", {"X-Purpose": "preview"}, "prefetch"),
        ("GET", {"X-Moz": "prefetch"}, "prefetch"),
        ("GET", {}, None),
    ],
)
def test_what_nobody_looks_at_is_flagged(
    method: str, headers: dict[str, str], reason: str | None
) -> None:
    assert reason == user_agents.flag_of(method, headers)


def test_a_giant_user_agent_costs_no_time() -> None:
    assert "other" == user_agents.name_of("x" * 10_000_000 + "MicroMessenger/8")
