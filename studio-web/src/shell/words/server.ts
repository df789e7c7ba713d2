/** Names that come from the server or from FACS, in plain words. */

export const units = {
  1: ["inner brows up", "眉头上扬"],
  2: ["outer brows up", "眉梢上扬"],
  4: ["brows down", "皱眉"],
  5: ["upper lids up", "上眼睑抬起"],
  6: ["cheeks up", "面颊上提"],
  7: ["lids tight", "眼睑收紧"],
  9: ["nose wrinkled", "皱鼻"],
  10: ["upper lip up", "上唇上提"],
  12: ["lip corners up", "嘴角上扬"],
  14: ["dimples", "嘴角收紧"],
  15: ["lip corners down", "嘴角下垂"],
  17: ["chin up", "下巴上提"],
  20: ["lips stretched", "嘴唇拉平"],
  23: ["lips tight", "嘴唇收紧"],
  25: ["lips part", "双唇分开"],
  26: ["jaw drop", "下颌下落"],
  45: ["blink", "眨眼"],
} as const;

export const guards = {
  consent: ["no consent", "未获同意"],
  opt_out: ["opted out", "已选择退出"],
  jurisdiction: ["not allowed there", "所在地区不允许"],
  frequency_cap: ["shown often enough", "已达次数上限"],
  cool_down: ["too soon after the last", "冷却时间未到"],
  confidence: ["reading not sure enough", "读取不够可靠"],
  reading_confidence: ["reading not sure enough", "读取不够可靠"],
  quiet_hours: ["quiet hours", "静默时段"],
  holdout: ["held out", "对照保留"],
  kill_switch: ["stopped by hand", "已人工停止"],
  fact: ["no fact to say it with", "没有可陈述的事实"],
} as const;

/** What each guard sees to, as the title of its verdict. */
const TITLES = {
  consent: ["consent", "同意"],
  opt_out: ["opting out", "退出"],
  jurisdiction: ["the policy of the place", "所在地政策"],
  fact: ["the fact behind it", "所依事实"],
  frequency_cap: ["how often", "次数上限"],
  cool_down: ["cool-down", "冷却时间"],
  confidence: ["sureness of the reading", "读取可靠度"],
  reading_confidence: ["sureness of the reading", "读取可靠度"],
  quiet_hours: ["quiet hours", "静默时段"],
  holdout: ["universal holdout", "全局对照"],
  kill_switch: ["the switch", "总开关"],
} as const;

export const server = {
  guard: TITLES,
  receipt: {
    withdrawal: ["withdrawal", "撤回"],
    purge: ["kept long enough", "到期清除"],
  },
  /** What is erased. */
  table: {
    decisions: ["decisions", "决策"],
    facts: ["facts", "事实"],
    opt_outs: ["opt-outs", "退出记录"],
    recorded_rows: ["seconds of rows", "数据行（秒）"],
    viewer_keys: ["keys", "密钥"],
    visits: ["visits", "访问"],
  },
  /** Quantities of Table 1. */
  quantity: {
    Sessions: ["Sessions", "会话"],
    Participants: ["Participants", "参与者"],
    Conversion: ["Conversion", "转化率"],
    "Mean minutes": ["Mean minutes", "平均分钟"],
    "Median minutes": ["Median minutes", "中位分钟"],
  },
  category: {
    fashion: ["fashion", "服饰"],
    electronics: ["electronics", "电子"],
    beauty: ["beauty", "美妆"],
    all: ["all", "全部"],
  },
  affect: {
    hesitation: ["hesitation", "犹豫"],
    desire: ["desire", "渴望"],
    surprise: ["surprise", "惊讶"],
    disengagement: ["disengagement", "走神"],
  },
  kind: {
    social_proof_note: ["What others do", "他人行为提示"],
    limited_time_badge: ["A limited time", "限时提示"],
    preloaded_checkout: ["Checkout made ready", "预载结算页"],
    product_fact: ["A fact about the product", "商品事实"],
  },
  role: {
    operator: ["operator", "操作员"],
    analyst: ["analyst", "分析员"],
    privacy_officer: ["privacy officer", "隐私官"],
  },
  state: {
    reading: ["reading", "读取中"],
    paused: ["paused", "已暂停"],
    away: ["away", "已离开"],
  },
  outcome: {
    shown: ["shown", "已展示"],
    control: ["held back", "留作对照"],
    refused: ["refused", "已拒绝"],
  },
  arm: {
    treated: ["treated", "处理组"],
    control: ["control", "对照组"],
    "held out": ["held out", "全局对照"],
    held_out: ["held out", "全局对照"],
  },
  source: {
    live: ["live", "直播"],
    study: ["study", "研究"],
  },
  purpose: {
    read_face: ["read the face", "读取面部"],
    personalise: ["show something because of it", "据此展示内容"],
    research: ["keep for research", "留作研究"],
    record_video: ["record video", "录制视频"],
  },
  event: {
    live_join: ["comes in", "进入直播"],
    live_leave: ["leaves", "离开直播"],
    product_pin: ["product shown", "讲解商品"],
    product_unpin: ["product put away", "结束讲解"],
    pause: ["pauses", "暂停观看"],
    resume: ["goes on", "继续观看"],
    gift: ["gift", "送礼"],
    exposure: ["something is shown", "展示内容"],
    view_item: ["looks at", "查看商品"],
    add_to_cart: ["into the cart", "加入购物车"],
    remove_from_cart: ["out of the cart", "移出购物车"],
    begin_checkout: ["checkout begun", "开始结账"],
    purchase: ["bought", "购买"],
    like: ["like", "点赞"],
    share: ["share", "分享"],
    chat: ["chat", "聊天"],
  },
} as const;
