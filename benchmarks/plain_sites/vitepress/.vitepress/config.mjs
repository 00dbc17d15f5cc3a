// Plain VitePress: its defaults, and what the article cannot do without
export default { title: "大模型创业公司崛起之路", lang: "zh-CN", markdown: { math: true } };
