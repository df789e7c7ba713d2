export const study = {
  study_title: ["Study", "研究"],
  study_is: ["Study {name}", "研究 {name}"],
  study_simulated: [
    "These people are simulated. What is found here was planted; it says nothing about real faces.",
    "这些人是模拟的。此处发现均为预先植入，不代表真实面部。",
  ],
  table_1: ["Table 1. Who and what is in the study", "表 1. 研究中的人与内容"],
  reports: ["Reports", "报告"],
  no_reports: ["No report has been written for this study. `telltale evaluate` writes one.", "尚无报告。可用 `telltale evaluate` 生成。"],
  no_study: ["No study is open. Start the service with one to read its table and reports here.", "未打开研究。请以研究启动服务，即可在此查看其表格与报告。"],
  open_alone: ["Open on its own", "单独打开"],
  report_frame: ["Report: {title}", "报告：{title}"],
  quantity: ["Quantity", "项目"],
  value: ["Value", "数值"],
} as const;
