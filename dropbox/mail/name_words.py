"""Words around names that are no part of them: legal forms, titles, departments, roles.

Written for the whole world, so kept to words that are nowhere a person's name; what is one
somewhere (Sales is a Portuguese family name) counts only beside other evidence.
"""

from __future__ import annotations

import re

LEGAL_FORM = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|相互会社|有限責任事業組合"
    r"|(?:一般|公益|特例)?(?:社団|財団)法人"
    r"|(?:学校|宗教|医療|社会福祉|国立大学|公立大学|(?:地方)?独立行政|国立研究開発|監査)法人"
    r"|(?:税理士|弁護士|弁理士|司法書士|行政書士|土地家屋調査士|社会保険労務士|特定非営利活動|NPO)法人"
    r"|(?:農業|漁業|生活|事業)?協同組合|㈱|㈲|㈳|㈶|㍿"
    r"|[\ue000\ue002](?:[一公特][社財非]|社福|医社|医財|[株有合同資名社財医学福宗監税弁独주유])[\ue001\ue003]"
    r"|股份有限公司|有限责任公司|有限責任公司|有限公司|集团公司|公司"
    r"|주식회사|유한회사|유한책임회사|㈜"
)
"""East Asian ones; `(株)` with its brackets replaced, see `dropbox.mail.names`."""

LATIN_LEGAL_FORM = re.compile(
    r"(?:^|[\s,])(?:inc(?:orporated)?|corp(?:oration)?|company|co|k\.?k|ltd|limited|l\.?l\.?c"
    r"|l\.?l\.?p|p\.?l\.?c|pty|pte|pvt|sdn|bhd|gmbh|g\.?m\.?b\.?h|mbh|kg|kgaa|ohg|gbr|ug|e\.?v"
    r"|a\.?g|s\.?e|s\.?a\.?s\.?u?|s\.?a\.?r\.?l|e\.?u\.?r\.?l|s\.?a|s\.?l\.?u?|s\.?p\.?a"
    r"|s\.?r\.?l\.?s?|s\.?n\.?c|b\.?v|n\.?v|v\.?o\.?f|aps|a/s|oyj?|asa|ltda|eireli|lda|s\.?c"
    r"|sp\. ?z ?o\. ?o|sp\. ?j|a\. ?s|s\. ?r\. ?o|spol|kft|zrt|nyrt|bt|s\.?r\.?l\.?-d|o[uü]"
    r"|d\.?o\.?o|d\.?d|a\.?ş|şti|ооо|оао|зао|пао|ао|тов|тзов|прат)\.?$",
    re.IGNORECASE,
)
"""At the end of a text. Two-letter ones that are initials elsewhere need a second sign."""

AMBIGUOUS_LEGAL_FORM = frozenset("ag se sa sl sc co kg ug bt dd oy ou ev ao as bv nv kk".split())

HONORIFIC = re.compile(
    r"\s*(?:先生御?(?:侍史|机下)|様方|様|さま|サマ|さん|ちゃん|くん|殿|どの|先生|御中|氏|님|씨|女士|小姐)$"
)
BETWEEN_PEOPLE = frozenset(("&", "＆", "と", "+", "＋"))
TO_AN_OFFICE = frozenset("御中 様 さま 殿 各位 귀중".split())
"""Behind a company's name."""
SPACED_HONORIFIC = frozenset(
    "机下 御机下 侍史 御侍史 様 さま 殿 どの さん 君 くん 氏 先生 御中 拝 님 씨 女士 小姐".split()
)

EAST_ASIAN_TITLES = (
    *"事務局長 事務長 編集長 支配人 支店長 支社長 工場長 本部長 統括部長 常務 専務 監事".split(),
    *"社長 会長 部長 次長 課長 係長 室長 所長 店長 局長 院長 校長 園長 学長 班長".split(),
    *"主任 主査 取締役 執行役員 監査役 理事長 理事 顧問 相談役 代表 代表者 代理 補佐 参与".split(),
    *"マネージャー マネジャー リーダー ディレクター".split(),
    *"プロデューサー エンジニア コンサルタント".split(),
    *"担当 担当者 弁護士 税理士 会計士 社労士 弁理士 行政書士 司法書士 医師 准教授 教授".split(),
    *"助教 講師 総経理 总经理 經理 经理 董事长 董事長 主管 부장 차장 과장 대리 팀장 대표".split(),
    *"대표이사 이사 사장 회장 전무 상무 실장 교수 박사 매니저".split(),
)
LEADING_TITLE = re.compile(
    r"^(?:代表取締役(?:社長|会長|専務|兼CEO)?|取締役(?:社長|会長)?|執行役員|代表社員|대표이사)(?=.)"
)

_DEPARTMENT = (
    r"(?:第[一二三四五六七八九十0-9０-９]+|国内|海外|法人|東京|大阪|名古屋|福岡|西日本|東日本|関西|関東)?"
    r"(?:営業|総務|人事|経理|財務|法務|広報|企画|開発|技術|製造|生産|品質|購買|調達|資材|物流|販売"
    r"|販促|宣伝|マーケティング|情報システム|システム|カスタマー|サポート|お客様|事業|商品|業務|管理"
    r"|労務|採用|研究|設計|デザイン|編集|制作|秘書|経営|監査|国際|貿易|輸出|영업|인사|총무|개발|销售|市场"
    r"|人力资源|采购|财务)"
)
DEPARTMENT = re.compile(
    rf"{_DEPARTMENT}(?:\S{{0,12}}(?:部|課|室|係|局|科|チーム|グループ|センター|팀|부))?"
    r"|\S{1,10}(?:支店|支社|営業所|出張所|事業所|事業部|本部|本社|本店|工場)"
    r"|本社|本店|総局|事務局"
    r"|(?:カスタマー|テクニカル|ユーザー|お客[様さ]ま?)(?:サポート|サービス|センター|窓口|相談室){1,3}"
)
"""Of one word, as a whole."""

OFFICE = re.compile(r"\S{1,12}(?:学部|学科|研究科|専攻|課|係|局)|\S{4,12}部")
"""One word of several that is a department nobody could list: 市民課, 工学部."""

ATTACHED_DEPARTMENT = re.compile(
    rf"{_DEPARTMENT}\S{{0,12}}?(?:部|課|室|係|チーム|グループ|センター)$"
)

BEFORE_TITLE = re.compile(
    rf"(?:{_DEPARTMENT}(?:本部|部|課)?|副|代表取締役|取締役|代表|専務|常務|支店|工場)$"
)
"""What a title that hangs on a name begins with: 山田営業部長."""

ORGANISATION = (
    *"大学 大学院 高校 高等学校 中学校 小学校 学園 学院 銀行 信用金庫 証券 新聞社 出版社".split(),
    *"市役所 区役所 町役場 村役場 県庁 都庁 府庁 病院 医院 クリニック 歯科 薬局 事務所".split(),
    *"商事 商店 商会 工業 製作所 製薬 建設 工務店 不動産 電機 電工 化学 食品 物産 印刷".split(),
    *"委員会 商工会 会議所 自治会 保育園 幼稚園 図書館 美術館 博物館 消防署 警察署 税務署".split(),
    *"郵便局 書店 書房 酒造 農園 旅館 ホテル 鉄工所 鉄工 製菓 製鉄 製紙 興業 興産 産業".split(),
    *"運輸 運送 研究所 研究室 協会 協議会 連盟 連合会 組合 財団 機構 ホールディングス".split(),
    *"グループ コーポレーション カンパニー インターナショナル ジャパン システムズ".split(),
    *"ソリューションズ テクノロジーズ テクノロジー 集团 集團 大學 대학교 은행 그룹".split(),
)

EAST_ASIAN_ROLE = re.compile(
    r"(?:サポート|窓口|センター|事務局|編集部|受付|デスク|チーム|グループ|サービス|通知|お知らせ"
    r"|ご担当者?(?:様|さま)?|担当者(?:様|さま)|自動送信|自動配信|自動返信|自動応答|求人|管理者|管理人|配信|配信専用|送信専用|返信不可|運営|運営局|一同|各位"
    r"|メーリングリスト|メールマガジン|メルマガ|ニュース|ヘルプ|問い?合わ?せ|係|担当|担当者|案内|ショップ"
    r"|ストア|フロント|予約|サイト|システム|事務|課|営業所|支店|支社|客服|客户服务|客戶服務|团队|團隊|小组"
    r"|고객센터|고객지원|고객지원팀|팀|지원|관리자|알림|담당자|경유)$"
)

ROLES = frozenset(
    "info sales support contact contacts admin administrator administration office service services"
    " help helpdesk desk team billing account accounts accounting payable receivable finance"
    " invoice invoices invoicing payment payments purchasing procurement order orders shop store"
    " noreply no-reply donotreply reply mailer-daemon mailer daemon postmaster webmaster hostmaster"
    " root abuse security hr recruiting recruitment careers career jobs job marketing press media"
    " pr public relations enquiries enquiry inquiries inquiry hello hi mail email e-mail web online"
    " customer customers client clients care success experience member members newsletter"
    " newsletters"
    " news notification notifications alert alerts update updates reception booking bookings"
    " reservation reservations events event feedback survey technical tech it legal compliance"
    " privacy general group list mailing department dept division center centre human resources"
    " the our of for and do not system robot bot auto automatic delivery subsystem"
    " vertrieb verkauf kundenservice kundendienst kundenbetreuung buchhaltung rechnung rechnungen"
    " bestellung personal personalabteilung bewerbung zentrale einkauf sekretariat empfang"
    " ventes vente clientèle service-client serviceclient comptabilité facturation commandes"
    " contabilidad administración ventas soporte contacto atención cliente clientes al facturación"
    " atendimento vendas suporte contato contabilidade financeiro comercial faturamento"
    " assistenza amministrazione vendite contabilità clienti ordini fatturazione ufficio"
    " rechnungswesen inkoop reservas recepción secrétariat accueil direction acquisti obsługi"
    " klantenservice verkoop administratie boekhouding kundtjänst ekonomi försäljning kundservice"
    " kundeservice salg regnskab kundesenter økonomi asiakaspalvelu myynti laskutus"
    " biuro obsługa klienta sprzedaż księgowość obchod podpora fakturace účtárna fakturácia"
    " suport vânzări contabilitate prodaja podrška računovodstvo müük klienditugi raamatupidamine"
    " ügyfélszolgálat értékesítés destek satış muhasebe müşteri hizmetleri"
    " поддержка поддержки продаж продажи отдел служба команда бухгалтерия підтримка продажів відділ"
    " клиентов".split()
)
"""A text that is made of these alone names nobody."""

ROLE_ENDS = frozenset(
    "team support department dept helpdesk newsletter newsletters notifications notification alerts"
    " noreply no-reply subsystem administrator webmaster reception bookings reservations"
    " recruiting careers accounting daemon list ml kundenservice buchhaltung vertrieb comptabilité"
    " contabilidad klantenservice kundtjänst kundservice kundeservice asiakaspalvelu desk"
    " ügyfélszolgálat bot".split()
)
"""A text that ends with one names nobody, whatever stands before."""

JOBS = frozenset(
    "manager director ceo cto cfo coo engineer president consultant coordinator executive officer"
    " representative assistant geschäftsführer geschäftsführerin leiter leiterin directeur"
    " directrice gerente responsable".split()
)
"""What a text ends with that tells what somebody does, not who it is."""

HOUSE_ENDS = frozenset(
    "group holdings university institute association foundation network society college agency"
    " consultants consulting solutions technologies systems industries enterprises ventures labs"
    " studios services service system announcements users bank universität hochschule verlag verein"
    " université universidad università universiteit fundación fondation stiftung".split()
)
"""What ends the names of companies and the like, of three words or more."""

ROLE_STARTS = frozenset(
    "team customer équipe equipe equipo команда служба отдел відділ mailer-daemon service client"
    " kundenservice no-reply noreply office ufficio biuro büro secrétariat sekretariat dział"
    " oddělení departamento département abteilung avdelning afdeling".split()
)

ROLE_LOCALS = ROLES | frozenset(
    "do-not-reply do_not_reply no_reply news newsletter eigyo soumu jinji keiri saiyo"
    " toiawase".split()
)

NOTES = frozenset(
    "external extern externe esterno externo ext ext. guest contractor freelance he/him she/her"
    " they/them he/him/his she/her/hers they/them/theirs he/they she/they er/ihm sie/ihr phd ph.d."
    " md m.d. mba dr dr. mr mr. mrs ms jr jr. sr. cpa esq e-mail email mail work home office"
    " private"
    " urgent important fwd 重要 至急 緊急 要返信 要確認 転送 返信 再送 訂正 お知らせ ご案内 個人用"
    " business personal mobile iphone ipad android 在宅 在宅勤務 出張中 休暇中 産休中 育休中 不在"
    " 社外 外部 代理 代 退職 旧 本人 携帯 自宅 会社 個人 仮".split()
)
"""What stands in brackets and is neither a company nor another name."""

SERVICES = frozenset(
    "gmail google|google docs|google drive|google sheets|google slides|google calendar|google meet"
    "|google ドキュメント|google スプレッドシート|google スライド|google ドライブ|google カレンダー"
    "|linkedin|facebook|instagram|slack|chatwork|zoom|docusign|dropbox|outlook|gmail|yahoo!メール"
    "|lineworks|line works|notion|trello|asana|jira|github|gitlab|backlog|eight|sansan".split("|")
)
"""What passes on the words of people who do not work for it, in brackets behind their names."""

PLACES = frozenset(
    "japan tokyo osaka asia pacific korea china taiwan singapore india europe america international"
    " global group holdings holding partners works labs lab design systems system services".split()
)
"""What ends companies' names rather than people's."""

TITLES = frozenset(
    "mr mrs ms miss mx mister dr prof professor doctor sir dame rev reverend hon capt sgt herr frau"
    " hr fru frøken fröken frk herra rouva neiti härra proua mme mlle madame mademoiselle monsieur"
    " mgr abbé sig signor signora signorina sig.ra sig.na dott dott.ssa dottore prof.ssa avv ing"
    " arch geom rag sr sra srta señor señora señorita dra doña senhor senhora lic dhr mevr mevrouw"
    " meneer drs ir mag dipl.-ing dipl.-kfm dipl.-inf dipl.-phys dr.-ing dkfm bc mudr judr phdr"
    " rndr mvdr paeddr doc paní pani slečna inż hab med rer nat jur phil domnul doamna dl gosp gđa"
    " gospodin gospođa sayın ifj özv г-н г-жа господин госпожа пані".split()
)
DEGREES = frozenset(
    "phd md mba cpa dds dvm jd llm msc bsc mph rn pmp cfa csc obe mbe cbe mp edd psyd dphil mphil"
    " meng cissp cfp dmd".split()
)
"""In place of the library's eight hundred titles and six hundred degrees, among which are King,
First, Special and other words that business names are made of."""

JAPANESE_FAMILIES = frozenset(
    "sato satou satoh suzuki takahashi tanaka watanabe ito itoh itou yamamoto nakamura kobayashi"
    " kato"
    " katoh katou yoshida yamada sasaki yamaguchi matsumoto inoue kimura hayashi saito saitoh"
    " saitou"
    " shimizu yamazaki yamasaki mori abe ikeda hashimoto yamashita ishikawa nakajima nakashima"
    " maeda"
    " fujita ogawa goto gotoh gotou okada hasegawa murakami kondo kondoh kondou ishii sakamoto endo"
    " endoh endou aoki fujii nishimura fukuda ota ohta oota miura fujiwara okamoto matsuda nakagawa"
    " nakano harada ono onoh tamura takeuchi kaneko wada nakayama ishida ueda morita hara shibata"
    " sakai kudo kudoh yokoyama miyazaki miyamoto uchida takagi ando andoh taniguchi ohno maruyama"
    " imai takada fujimoto takeda murata ueno sugiyama masuda sugawara hirano kojima otsuka ohtsuka"
    " chiba kubo matsui iwasaki sakurai kinoshita noguchi matsuo nomura kikuchi sano onishi ohnishi"
    " sugimoto arai hamada ichikawa furukawa mizuno komatsu shimada koyama nishida hirata kawaguchi"
    " iwata nagai kuroda kawasaki tsuchiya honda higuchi akiyama yano hirai igarashi"
    " tsuji hoshino kawano oishi ohishi matsuura nagata nishikawa"
    " suda kawamura kuribayashi okumura hattori".split()
)
"""In Latin letters: the commonest, for `Yamada Taro` without any mark of the order."""

CHINESE_FAMILIES = frozenset(
    "zhang wang huang zhao zhou zheng jiang xie xiao feng cheng deng tang".split()
)

KOREAN_FAMILIES = frozenset(
    "kim lee yi park pak choi jung jeong chung kang cho yoon jang lim han oh seo shin kwon hwang"
    " ahn song ryu yoo hong ko moon yang son bae baek heo nam noh".split()
)

HUNGARIAN_FAMILIES = frozenset(
    "nagy kovács tóth szabó horváth varga kiss molnár németh farkas balogh papp takács juhász"
    " lakatos mészáros oláh rácz fekete szilágyi török fehér gál szűcs kocsis pintér fodor szalai"
    " sipos lukács gulyás bíró király katona balog bogdán boros fazekas kelemen somogyi váradi"
    " vincze veres hegedűs deák vass szőke fábián vörös bodnár lengyel".split()
)
HUNGARIAN_GIVEN = frozenset(
    "jános lászló istván józsef zoltán ferenc sándor gábor attila péter tamás zsolt tibor andrás"
    " csaba imre lajos györgy balázs gyula mihály károly róbert béla dániel krisztián norbert ádám"
    " bence máté levente gergő gergely szabolcs ákos márton árpád zsófia katalin erzsébet ildikó"
    " ágnes zsuzsanna judit éva mária ilona krisztina andrea erika eszter réka anikó tünde"
    " gabriella mónika edit tímea orsolya szilvia beáta enikő csilla emese anna dóra noémi".split()
)

SPANISH_FAMILIES = frozenset(
    "garcía rodríguez gonzález fernández lópez martínez sánchez pérez gómez jiménez ruiz hernández"
    " díaz moreno muñoz álvarez romero gutiérrez navarro torres domínguez vázquez ramírez ramos"
    " serrano molina morales suárez ortega delgado castro ortiz marín sanz núñez iglesias medina"
    " garrido cortés castillo guerrero lozano cano méndez prieto cruz gallego vidal herrera márquez"
    " flores cabrera vega fuentes reyes mendoza rojas aguilar garcia rodriguez gonzalez fernandez"
    " lopez martinez sanchez perez gomez jimenez hernandez diaz alvarez gutierrez dominguez vazquez"
    " ramirez suarez nunez mendez marquez".split()
)
"""Of which people bear two, the father's and the mother's."""

VIETNAMESE_FAMILIES = frozenset(
    "nguyễn trần lê phạm huỳnh hoàng phan vũ võ đặng bùi đỗ hồ ngô dương lý nguyen".split()
)
