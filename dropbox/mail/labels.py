"""The words that mail programs write around a quoted or forwarded mail, by language.

Tables only, and how a line is looked up in them. Seen in Gmail, Outlook (Windows, Mac, web,
mobile), Exchange, Apple Mail, Yahoo, Thunderbird, HubSpot, Missive, IONOS, MailMate, Becky!,
Yahoo! JAPAN, Spark, Fastmail, Proton and Notes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

Field = Literal["from", "to", "cc", "bcc", "reply_to", "original_from", "date", "subject", "other"]

MAX_LABEL_CHARS = 40
MAX_SEPARATOR_CHARS = 200
MIN_RULE_CHARS = 3

HEADER_LABELS: dict[str, dict[Field, str]] = {
    "en": {
        "from": "From",
        "to": "To",
        "cc": "Cc|CC|Copy|Copy to|Carbon copy",
        "bcc": "Bcc",
        "reply_to": "Reply-To|Reply To",
        "original_from": "X-Original-From",
        "date": "Date|Sent|Sent on|Date sent|Sent at",
        "subject": "Subject",
        "other": "Importance|Priority|Attachments|Attachment|Sender|Organization|Message-ID|"
        "Mailed-By|Signed-By|Resent-From|Resent-To|Resent-Date|Resent-Message-ID|Sensitivity|"
        "Categories|Delivered-To|In-Reply-To|References|User-Agent|X-Mailer|MIME-Version|"
        "Content-Type|Content-Transfer-Encoding|Return-Path|Received|List-Id|When|Where",
    },
    "ja": {
        "from": "差出人|送信者|送信元|発信者|発信元|差し出し人|From(送信者)",
        "to": "宛先|宛て先|あて先|宛先人|受信者|送信先|To(宛先)|収信者",
        "cc": "写し|カーボンコピー|CC(写し)|同報",
        "bcc": "ブラインドカーボンコピー",
        "reply_to": "返信先|返信アドレス|返信先アドレス",
        "date": "送信日時|日時|日付|送信日|送信時刻|受信日時|送信済み",
        "subject": "件名|題名|タイトル|表題",
        "other": "添付|添付ファイル|重要度|優先度|返信元|組織",
    },
    "de": {
        "from": "Von|Absender",
        "to": "An|Empfänger",
        "cc": "Kopie|Kopie an|Kopie (CC)|Cc|Kopien",
        "bcc": "Blindkopie|Blindkopie (BCC)|Bcc|Blindkopie an",
        "reply_to": "Antwort an|Antworten an|Antwortadresse|Antwort-An",
        "date": "Datum|Gesendet|Gesendet am|Gesendet um|Geschickt",
        "subject": "Betreff|Betrifft|Thema",
        "other": "Anlagen|Anlage|Anhang|Anhänge|Priorität|Wichtigkeit",
    },
    "fr": {
        "from": "De|Expéditeur|De la part de|Exp",
        "to": "À|A|Pour|Destinataire|Destinataires",
        "cc": "Cc|Copie|Copie à|Copie (CC)|Copies",
        "bcc": "Cci|Copie cachée|Copie cachée à|Bcc|Copie cachée (BCC)",
        "reply_to": "Répondre à|Répondre-à|Réponse à|Adresse de réponse",
        "date": "Date|Envoyé|Envoyé le|Date d'envoi|Envoyée|Envoyé à",
        "subject": "Objet|Sujet",
        "other": "Pièces jointes|Pièce jointe|Importance|Priorité|Organisation",
    },
    "es": {
        "from": "De|Remitente|Desde",
        "to": "Para|A|Destinatario|Destinatarios",
        "cc": "CC|Copia|Copia a|Con copia",
        "bcc": "CCO|Copia oculta|Copia oculta a",
        "reply_to": "Responder a|Responder-a|Respuesta a",
        "date": "Fecha|Enviado|Enviado el|Enviado a las|Enviada|Fecha de envío",
        "subject": "Asunto|Tema",
        "other": "Datos adjuntos|Adjuntos|Archivos adjuntos|Importancia|Prioridad",
    },
    "pt": {
        "from": "De|Remetente",
        "to": "Para|A|Destinatário|Destinatários",
        "cc": "Cc|Cópia|Com cópia|Com cópia para",
        "bcc": "Cco|Bcc|Cópia oculta",
        "reply_to": "Responder a|Responder para|Responder-a",
        "date": "Data|Enviado|Enviada|Enviado em|Enviada em|Enviado a|Enviado às|Data de envio",
        "subject": "Assunto",
        "other": "Anexos|Anexo|Importância|Prioridade",
    },
    "it": {
        "from": "Da|Mittente",
        "to": "A|Per|Destinatario|Destinatari",
        "cc": "Cc|Copia|Copia a|Copia conoscenza",
        "bcc": "Ccn|Bcc",
        "reply_to": "Rispondi a|Rispondi-A|Rispondere a",
        "date": "Data|Inviato|Inviata|Inviato il|Inviato alle|Data di invio",
        "subject": "Oggetto",
        "other": "Allegati|Allegato|Priorità|Importanza",
    },
    "nl": {
        "from": "Van|Afzender",
        "to": "Aan|Naar|Ontvanger|Ontvangers",
        "cc": "Cc|Kopie|Kopie aan|CC (kopie)|Kopie (CC)",
        "bcc": "Bcc|Blinde kopie",
        "reply_to": "Antwoord aan|Antwoorden aan|Antwoordadres|Beantwoorden aan",
        "date": "Datum|Verzonden|Verzonden op|Verstuurd|Datum verzonden",
        "subject": "Onderwerp",
        "other": "Bijlagen|Bijlage|Urgentie|Prioriteit|Belang",
    },
    "sv": {
        "from": "Från|Avsändare",
        "to": "Till|Mottagare",
        "cc": "Kopia|Cc|Kopia till|Kopia (CC)",
        "bcc": "Hemlig kopia|Dold kopia|Bcc",
        "reply_to": "Svara till|Svar till|Svarsadress|Svar-Till",
        "date": "Datum|Skickat|Skickat den|Skickades|Sänt",
        "subject": "Ämne|Ärende|Rubrik",
        "other": "Bifogade filer|Bilagor|Prioritet|Bilaga",
    },
    "no": {
        "from": "Fra|Avsender",
        "to": "Til|Mottaker|Mottakere",
        "cc": "Kopi|Kopi til|Cc|Kopi (CC)",
        "bcc": "Blindkopi|Blindkopi til|Bcc",
        "reply_to": "Svar til|Svaradresse|Svar-Til",
        "date": "Dato|Sendt|Sendt den|Sendt dato",
        "subject": "Emne",
        "other": "Vedlegg|Prioritet|Viktighet",
    },
    "da": {
        "from": "Fra|Afsender",
        "to": "Til|Modtager|Modtagere",
        "cc": "Cc|Kopi|Kopi til|Kopi (CC)",
        "bcc": "Bcc|Skjult kopi|Blindkopi",
        "reply_to": "Svar til|Besvar til|Svaradresse",
        "date": "Dato|Sendt|Sendt den|Afsendt",
        "subject": "Emne",
        "other": "Vedhæftede filer|Vedhæftet fil|Prioritet|Vigtighed",
    },
    "fi": {
        "from": "Lähettäjä|Keneltä",
        "to": "Vastaanottaja|Vastaanottajat|Kenelle",
        "cc": "Kopio|Cc|Kopio (CC)|Kopiot",
        "bcc": "Piilokopio|Sokkokopio|Bcc",
        "reply_to": "Vastausosoite|Vastaa|Vastaus osoitteeseen|Vastaa osoitteeseen",
        "date": "Päiväys|Päivämäärä|Lähetetty|Pvm|Aika",
        "subject": "Aihe|Otsikko",
        "other": "Liitteet|Liite|Tärkeys|Prioriteetti",
    },
    "pl": {
        "from": "Od|Nadawca",
        "to": "Do|Adresat|Odbiorca|Odbiorcy",
        "cc": "DW|Kopia|Kopia do|Do wiadomości|DW (kopia)|Cc",
        "bcc": "UDW|Ukryta kopia",
        "reply_to": "Odpowiedz do|Odpowiedź do|Odp. do|Adres zwrotny|Odpowiedz-Do",
        "date": "Data|Wysłano|Wysłane|Wysłany|Data wysłania",
        "subject": "Temat",
        "other": "Załączniki|Załącznik|Ważność|Priorytet",
    },
    "cs": {
        "from": "Od|Odesílatel",
        "to": "Komu|Pro|Příjemce|Adresát|Příjemci",
        "cc": "Kopie|Kopie (CC)|Kopie komu|Cc",
        "bcc": "Skrytá kopie|Slepá kopie",
        "reply_to": "Odpovědět|Odpověď na|Odpovědět komu|Odpověď komu|Adresa pro odpověď",
        "date": "Datum|Odesláno|Posláno|Dne",
        "subject": "Předmět|Věc",
        "other": "Přílohy|Příloha|Důležitost|Priorita",
    },
    "sk": {
        "from": "Od|Odosielateľ",
        "to": "Komu|Pre|Príjemca|Adresát|Príjemcovia",
        "cc": "Kópia|Kópia (CC)|Cc|Kópia komu",
        "bcc": "Skrytá kópia|Slepá kópia",
        "reply_to": "Odpovedať|Odpoveď na|Odpovedať komu|Odpovedať na|Adresa pre odpoveď",
        "date": "Dátum|Odoslané|Poslané|Dňa",
        "subject": "Predmet|Vec",
        "other": "Prílohy|Príloha|Dôležitosť|Priorita",
    },
    "hu": {
        "from": "Feladó|Küldő|Kitől",
        "to": "Címzett|Címzettek|Kinek",
        "cc": "Másolat|Másolatot kap|Kap még|Másolatot kapja|Cc",
        "bcc": "Titkos másolat|Vakmásolat|Rejtett másolat|Titkos másolatot kap",
        "reply_to": "Válaszcím|Válasz|Válasz ide|Válasz címe",
        "date": "Dátum|Elküldve|Küldve|Küldés dátuma|Küldés ideje",
        "subject": "Tárgy",
        "other": "Mellékletek|Melléklet|Csatolmány|Fontosság|Prioritás",
    },
    "ro": {
        "from": "De la|Expeditor|De",
        "to": "Către|Catre|Pentru|La|Destinatar|Destinatari",
        "cc": "Cc|Copie|Copie la|Copie (CC)|În copie",
        "bcc": "Bcc|Copie ascunsă",
        "reply_to": "Răspunde la|Răspuns către|Răspundeți la|Raspuns catre",
        "date": "Dată|Data|Trimis|Trimis la|Trimis pe|Trimisă|Trimis în",
        "subject": "Subiect|Subiectul",
        "other": "Atașări|Ataşări|Atașamente|Importanță|Prioritate",
    },
    "ru": {
        "from": "От|От кого|Отправитель|От Кого",
        "to": "Кому|Получатель|Получатели",
        "cc": "Копия|Копии|Копия (CC)|Копия кому",
        "bcc": "Скрытая копия|Скрытая",
        "reply_to": "Ответить|Обратный адрес|Кому ответить|Адрес для ответа|Ответ|Ответить на",
        "date": "Дата|Отправлено|Отправлен|Послано|Дата отправки|Время",
        "subject": "Тема",
        "other": "Вложения|Вложение|Важность|Приоритет",
    },
    "uk": {
        "from": "Від|Від кого|Відправник",
        "to": "Кому|До|Одержувач|Отримувач|Одержувачі",
        "cc": "Копія|Копії|Копія (CC)|Копія кому",
        "bcc": "Прихована копія|Прихована",
        "reply_to": "Відповісти|Кому відповісти|Адреса для відповіді|Відповідь до|Відповідь",
        "date": "Дата|Надіслано|Відправлено|Послано|Дата надсилання|Дата відправлення",
        "subject": "Тема|Предмет",
        "other": "Вкладення|Додатки|Важливість|Пріоритет",
    },
    "hr": {
        "from": "Od|Šalje|Pošiljatelj",
        "to": "Za|Prima|Kome|Primatelj|Primatelji",
        "cc": "Kopija|Kopija za|Cc|Kopija (CC)",
        "bcc": "Skrivena kopija|Slijepa kopija",
        "reply_to": "Odgovori na|Odgovor na|Odgovori|Odgovoriti na",
        "date": "Datum|Poslano|Poslato|Datum slanja",
        "subject": "Predmet|Naslov|Tema",
        "other": "Privici|Privitak|Prilozi|Važnost|Prioritet",
    },
    "et": {
        "from": "Saatja|Kellelt|Autor",
        "to": "Saaja|Adressaat|Kellele|Saajad|Adressaadid",
        "cc": "Koopia|Koopia (CC)|Cc|Koopiad",
        "bcc": "Pimekoopia|Salakoopia",
        "reply_to": "Vasta|Vastus aadressile|Vastuse aadress|Vasta aadressile",
        "date": "Kuupäev|Saadetud|Saatmisaeg|Aeg",
        "subject": "Teema|Pealkiri",
        "other": "Manused|Manus|Tähtsus|Prioriteet",
    },
    "tr": {
        "from": "Kimden|Gönderen|Gönderici",
        "to": "Kime|Alıcı|Alıcılar",
        "cc": "Bilgi|Cc|Kopya|Karbon kopya|Bilgi (CC)|Kk",
        "bcc": "Gizli|Gizli kopya|Gkk",
        "reply_to": "Yanıt adresi|Yanıtla|Yanıt|Yanıtlama adresi|Cevap adresi",
        "date": "Tarih|Gönderildi|Gönderme tarihi|Gönderim tarihi|Gönderilme tarihi",
        "subject": "Konu",
        "other": "Ekler|Ek|Önem|Öncelik",
    },
    "zh": {
        "from": "发件人|发送人|发信人|寄件人|寄件者|發件人|寄信人|发送者|發信人|傳送者|来自|來自",
        "to": "收件人|收件者|收信人|发送至|發送至|至|送至|发给|傳送至",
        "cc": "抄送|副本|抄送人|副本抄送|抄送至|副本收件者|副本收件人|抄本",
        "bcc": "密送|密件抄送|密件副本|暗送",
        "reply_to": "回复|回复至|回覆至|回覆|答复|回复地址|回覆地址|回覆給",
        "date": "发送时间|发件时间|发送日期|日期|时间|寄件日期|傳送時間|發送時間|寄送日期|傳送日期|"
        "時間|发信时间|已发送|已傳送|寄件時間",
        "subject": "主题|主旨|主題|标题|標題|邮件主题",
        "other": "附件|重要性|优先级|優先順序",
    },
    "ko": {
        "from": "보낸 사람|보낸이|보낸사람|발신|발신자|발신인|보내는 사람|From(보낸사람)",
        "to": "받는 사람|받는이|받는사람|수신|수신자|수신인|받은 사람",
        "cc": "참조|참조인|참조자",
        "bcc": "숨은 참조|숨은참조|비밀참조",
        "reply_to": "회신|회신 주소|답장 받는 사람|답장|회신처|회신 대상",
        "date": "보낸 날짜|날짜|보냄|보낸 시간|일시|발송일|보낸날짜|전송 날짜|발신일시",
        "subject": "제목",
        "other": "첨부|첨부 파일|첨부파일|중요도",
    },
}
"""By language: how a client labels a field of the mail it quotes; pt holds pt-BR too."""

FORWARD_STEMS = (
    # en, de, fr, es, pt, it, nl, Scandinavia
    "forwarded|fwd message|weitergeleitet|weiterleitung|transféré|transfére|réexpédi|réachemin|"
    "message transmis|reenviad|reencaminhad|encaminhad|inoltrat|doorgestuurd|vidarebefordra|"
    "vidaresänd|videresend|videresendt|"
    # fi, pl, cs, sk, hu, ro
    "välitett|välitetty|edelleenlähet|eteenpäin lähet|przekaz|przesłan|przesyłan|přepos|"
    "přesměr|preposl|preposie|továbbít|redirecționat|redirecţionat|redirectionat|"
    "mesaj transmis|retransmis|înaintat|inaintat|"
    # ru, uk, hr, et, tr
    "пересыл|переслан|переадрес|перенаправ|переспрям|пересила|proslijeđ|proslijed|prosleđ|"
    "preusmjer|edasta|edasi saade|edasisaad|yönlendir|iletilen|iletilmiş|"
    # CJK
    "转发|轉發|轉寄|转寄|전달|転送"
).split("|")
"""What a line that opens a forwarded mail holds, case folded, in any of the languages."""

FORWARD_BEGINNINGS = (
    # Apple Mail, MailMate
    "Begin forwarded message|Forwarded message|Anfang der weitergeleiteten Nachricht|"
    "Weitergeleitete Nachricht|Beginn der weitergeleiteten Nachricht|"
    "Début du message réexpédié|Début du message transféré|Message transféré|"
    "Inicio del mensaje reenviado|Comienzo del mensaje reenviado|Mensaje reenviado|"
    "Início da mensagem encaminhada|Início da mensagem reencaminhada|Mensagem encaminhada|"
    "Inizio messaggio inoltrato|Inizio del messaggio inoltrato|Messaggio inoltrato|"
    "Begin doorgestuurd bericht|Doorgestuurd bericht|"
    "Vidarebefordrat mejl|Vidarebefordrat brev|Vidarebefordrat meddelande|"
    "Videresendt melding|Start på videresendt melding|Videresendt e-post|"
    "Start på videresendt besked|Videresendt besked|Videresendt meddelelse|"
    "Begynder videresendt besked|Begynnelse på videresendt melding|"
    "Välitetty viesti alkaa|Välitetty viesti|Edelleenlähetetty viesti|Välitetyn viestin alku|"
    "Początek przekazywanej wiadomości|Początek przekazanej wiadomości|"
    "Przekazana wiadomość|Wiadomość napisana przez|Przekazywana wiadomość|"
    "Začátek přeposílané zprávy|Začátek přeposlané zprávy|Přeposlaná zpráva|"
    "Začiatok preposielanej správy|Začiatok preposlanej správy|Preposlaná správa|"
    "Továbbított üzenet kezdete|Továbbított levél kezdete|Továbbított üzenet|"
    "Începutul mesajului redirecționat|Începe mesajul redirecționat|Mesaj redirecționat|"
    "Începutul mesajului retransmis|Început mesaj redirecționat|Mesaj retransmis|"
    "Начало переадресованного сообщения|Начало пересылаемого сообщения|"
    "Пересылаемое сообщение|Начало пересланного сообщения|Переадресованное сообщение|"
    "Початок листа, що пересилається|Початок пересланого повідомлення|"
    "Початок переспрямованого повідомлення|Переслане повідомлення|Початок переадресованого листа|"
    "Početak proslijeđene poruke|Započni proslijeđenu poruku|Proslijeđena poruka|"
    "Početak prosleđene poruke|Edastatud kiri|Edastatud sõnum|Edastatud kirja algus|"
    "İletilen mesajın başlangıcı|Yönlendirilen iletinin başlangıcı|Yönlendirilmiş ileti|"
    "İletilen ileti|Yönlendirilen ileti başlangıcı|"
    "开始转发的邮件|以下是转发的邮件|转发的邮件|已转发的邮件|下面是被转发的邮件|转发邮件|"
    "開始轉寄郵件|開始轉寄訊息|轉寄的郵件|以下是轉寄的郵件|已轉寄的郵件|以下是轉寄的電子郵件|"
    "전달된 메시지|전달된 메시지 시작|전달된 메일|전달된 이메일|"
    "転送されたメッセージ|転送メッセージ|転送されたメール|転送メール|転送元メッセージ"
).split("|")
"""Lines with a colon at their end, and without dashes, that open a forwarded mail."""

ORIGINAL_STEMS = (
    "original message|original mail|original email|original-nachricht|originalnachricht|"
    "ursprüngliche nachricht|ursprüngliche mail|message d'origine|message original|"
    "message initial|mensaje original|mensagem original|messaggio originale|"
    "oorspronkelijk bericht|origineel bericht|ursprungligt meddelande|ursprungligt mail|"
    "originalmeddelande|opprinnelig melding|original melding|oprindelig meddelelse|"
    "oprindelig besked|original meddelelse|alkuperäinen viesti|wiadomość oryginalna|"
    "oryginalna wiadomość|pierwotna wiadomość|původní zpráva|původní e-mail|pôvodná správa|"
    "eredeti üzenet|eredeti levél|mesaj original|mesajul original|mesaj inițial|"
    "исходное сообщение|оригинальное сообщение|первоначальное сообщение|"
    "оригінальне повідомлення|вихідне повідомлення|початкове повідомлення|izvorna poruka|"
    "originalna poruka|originaalkiri|algne kiri|algne sõnum|algsõnum|orijinal ileti|"
    "orijinal mesaj|özgün ileti|özgün mesaj|asıl ileti|原始邮件|原始郵件|邮件原件|原邮件|"
    "原始信件|原始訊息|原始消息|원본 메시지|원본 메일|원본메시지|元のメッセージ|元のメール|"
    "オリジナルメッセージ|元メール"
).split("|")
"""What Outlook and others write above a quotation and above a forwarded mail alike."""

REPLY_PREFIXES = frozenset(
    "re aw sv antw odp res rif r ynt vá atb ответ відп bls ad vast "
    "返信 返 回复 回覆 答复 答覆 回信 回 답장 회신 답신".split()
)
FORWARD_PREFIXES = frozenset(
    "fw fwd wg tr rv enc i vb vl pd doorst ilt fs továbbítás továbbított továbbítva tov "
    "переслано пересл пер fwd:fwd trs proslijeđeno přeposlat přeposláno preposlané edasi "
    "転送 転 转发 轉寄 轉發 转寄 전달".split()
)
"""Subject prefixes, case folded. `VS` is in neither: a reply in Finnish, a forward in Norwegian."""

WROTE = (
    "wrote|writes|schrieb|a écrit|écrivait|escribió|escreveu|ha scritto|scrisse|schreef|"
    "heeft geschreven|geschreven|skrev|kirjoitti|napisał|napisała|napisał(a)|pisze|napsal|"
    "napsala|napsal(a)|napísal|napísala|napísal(a)|írta|ezt írta|a scris|написал|написала|"
    "написал(а)|пишет|писал|написав|написала|пише|je napisao|je napisala|napisao|napisala|"
    "je napisao/la|napisao je|kirjutas|şunu yazdı|yazdı|写道|寫道|寫|写|님이 작성|작성|"
    "のメール|書きました|wrote"
).split("|")
"""The verb that ends the line above a quotation: `On ... somebody wrote:`."""

_BLANKS = re.compile(r"\s+")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_BLANK = " \t\r\u3000\xa0\u200b\ufeff\u200e\u200f"
_EMPHASIS = f"{_BLANK}*_"
_DECORATION = "-_=*~#+<>|\u2010\u2011\u2012\u2013\u2014\u2015\u2500\u2501\u30fc\uff0d\uff1d\u2026."
_MARKS = "▼▽■□◆◇●○◎▶▷►◀【】［］「」『』〔〕[](){}（）《》〈〉＜＞※"
_SIGNS = _DECORATION + _MARKS + _BLANK
_PREFIX = re.compile(
    r"\s*+(?:\[[^\]:]{1,40}\]\s*+)?([^\s:：\[\](（【]{1,14})\s?(?:[\[(^]?\d{1,3}[\])]?)?\s?[:：]"
)
_BRACKETED = re.compile(r"\s*+[【(（\[［]\s?([^】)）\]］]{1,10}?)\s?[】)）\]］]")


def normal(words: str) -> str:
    """Return a label as the tables hold it: case folded, NFKC, blanks as one, or none in CJK."""
    plain = unicodedata.normalize("NFKC", words).casefold().replace("’", "'")
    plain = unicodedata.normalize("NFC", plain.replace("i\u0307", "i"))
    return _BLANKS.sub("" if _WIDE.search(plain) else " ", plain).strip()


_FIELDS: dict[str, Field] = {
    normal(label): field
    for table in HEADER_LABELS.values()
    for field, listed in table.items()
    for label in listed.split("|")
}
_SPOKEN: dict[str, frozenset[str]] = {}
for _language, _table in HEADER_LABELS.items():
    for _label in "|".join(_table.values()).split("|"):
        _SPOKEN[normal(_label)] = _SPOKEN.get(normal(_label), frozenset()) | {_language}
_FORWARD = tuple(normal(stem) for stem in FORWARD_STEMS)
_BEGINNINGS = frozenset(normal(line) for line in FORWARD_BEGINNINGS)
_ORIGINAL = tuple(normal(stem) for stem in ORIGINAL_STEMS)


class Labelled(NamedTuple):
    """A line that begins with a label of the tables."""

    field: Field
    value: str
    languages: frozenset[str]
    """Those that use the label."""


def read(line: str) -> Labelled | None:
    """Read a line as `label: value`; None when it begins with no label of the tables.

    Emphasis (`*From:* x`), full-width colons and blanks before the colon are seen through. Quote
    marks are the caller's to remove.
    """
    head = line[: MAX_LABEL_CHARS + 10].replace("：", ":")
    label, colon, _ = head.partition(":")
    if not colon:
        return None
    name = _known(label.strip(_EMPHASIS))
    if not name:
        return None
    value = line[len(label) + 1 :].strip(_BLANK).lstrip("*").strip(_BLANK)
    if value.endswith("*") and "*" in label:
        # `*From: somebody*`: the whole line is emphasised.
        value = value.rstrip("*")
    return Labelled(_FIELDS[name], value, _SPOKEN[name])


@lru_cache(maxsize=2_000)
def _known(label: str) -> str:
    name = normal(label)
    return name if name in _FIELDS else ""


def separator(line: str) -> Literal["forward", "original", "rule", ""]:
    """Return what a line between a comment and a quoted mail is; empty when it is none.

    `forward`: says that what follows was forwarded. `original`: the line that Outlook writes in
    answers and forwards alike. `rule`: a line of signs, or one in dashes that nobody knows.
    A line of words counts only between dashes or the like, or with a colon at its end; whether a
    header block follows is the caller's to see.
    """
    if len(line) > MAX_SEPARATOR_CHARS:
        return ""
    bare = line.strip(_BLANK)
    words = bare.strip(_SIGNS)
    if not words:
        return "rule" if len(bare) >= MIN_RULE_CHARS and bare[0] in _DECORATION else ""
    plain = normal(words.rstrip(":： "))
    opened = bare[0] in _MARKS or (len(bare) > 4 and not bare[:2].strip(_DECORATION))
    # With a Japanese name in it a line loses its blanks, of which the stems know.
    both = f"{plain}\n{words.casefold()}"
    if opened or both.partition("\n")[2].startswith("forwarded by"):
        if any(stem in both for stem in _FORWARD):
            return "forward"
        if any(stem in both for stem in _ORIGINAL):
            return "original"
        return "rule" if bare.startswith("--") and bare.endswith("--") else ""
    if words.endswith((":", "：")):
        if plain in _BEGINNINGS:
            return "forward"
        if any(plain.startswith(stem) for stem in _ORIGINAL) and len(plain) < MAX_LABEL_CHARS:
            return "original"
    return ""


def prefix(subject: str) -> Literal["reply", "forward", ""]:
    """Return what the outermost prefix of a subject says (`Re:`, `WG:`, `【転送】`)."""
    head = subject[:80]
    found = _PREFIX.match(head) or _BRACKETED.match(head)
    word = normal(found[1]).rstrip(".") if found else ""
    if word in FORWARD_PREFIXES:
        return "forward"
    return "reply" if word in REPLY_PREFIXES else ""
