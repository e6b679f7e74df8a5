"""Forwarded mail as programs write it, each layout written down by hand, with invented text.

Of each: language, program, the forwarding mail's subject, its body, and the original's date as it
is to be read ("Z" at the end: an instant; none: the text names no zone). All have the same
original: from Mia Lund <mia@fjord.test>, to Leo Berg <leo@skog.test>, "Offer 17".
"""

LAYOUTS = [
    (
        "en",
        "Gmail",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ---------
From: Mia Lund <mia@fjord.test>
Date: Tue, Mar 5, 2024 at 2:03\u202fPM
Subject: Offer 17
To: Leo Berg <leo@skog.test>


Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "Outlook for Windows",
        "FW: Offer 17",
        """FYI

From: Mia Lund <mia@fjord.test>
Sent: Tuesday, March 5, 2024 2:03 PM
To: Leo Berg <leo@skog.test>
Subject: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "Outlook 2010",
        "FW: Offer 17",
        """FYI

-----Original Message-----
From: Mia Lund [mailto:mia@fjord.test]
Sent: Tuesday, March 05, 2024 2:03 PM
To: Leo Berg <leo@skog.test>
Subject: Offer 17
Importance: High

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "Outlook on the web",
        "Fw: Offer 17",
        """FYI

________________________________
From: Mia Lund <mia@fjord.test>
Sent: 05 March 2024 14:03
To: Leo Berg <leo@skog.test>
Subject: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "Outlook for Mac",
        "FW: Offer 17",
        """FYI

From: Mia Lund <mia@fjord.test>
Date: Tuesday, 5 March 2024 at 14:03
To: Leo Berg <leo@skog.test>
Subject: Offer 17
Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "Outlook, bold",
        "FW: Offer 17",
        """FYI

*From:* Mia Lund <mia@fjord.test>
*Sent:* Tuesday, March 5, 2024 2:03 PM
*To:* Leo Berg <leo@skog.test>
*Subject:* Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "Outlook with links",
        "FW: Offer 17",
        """FYI

From: Mia Lund <mia@fjord.test<mailto:mia@fjord.test>>
Sent: Tuesday, March 5, 2024 2:03 PM
To: Leo Berg <leo@skog.test<mailto:leo@skog.test>>
Subject: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "Apple Mail",
        "Fwd: Offer 17",
        """FYI

> Begin forwarded message:
>
> From: Mia Lund <mia@fjord.test>
> Subject: Offer 17
> Date: 5 March 2024 at 14:03:12 GMT+1
> To: Leo Berg <leo@skog.test>
> Reply-To: desk@fjord.test
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "en",
        "iPhone",
        "Fwd: Offer 17",
        """FYI

Begin forwarded message:

> From: Mia Lund <mia@fjord.test>
> Date: March 5, 2024 at 2:03:12 PM GMT+1
> To: Leo Berg <leo@skog.test>
> Subject: Offer 17
>
> \ufeffDear Leo,
> here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "en",
        "Yahoo",
        "Fw: Offer 17",
        """FYI

   ----- Forwarded Message ----- From: Mia Lund <mia@fjord.test>To: Leo Berg <leo@skog.test>Sent: \
Tuesday, March 5, 2024 at 02:03:12 PM GMT+1Subject: Offer 17
 Dear Leo,
here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "en",
        "Thunderbird",
        "Fwd: Offer 17",
        """FYI


-------- Forwarded Message --------
Subject: \tOffer 17
Date: \tTue, 5 Mar 2024 14:03:12 +0100
From: \tMia Lund <mia@fjord.test>
To: \tLeo Berg <leo@skog.test>



Dear Leo,
here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "en",
        "Spark",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ----------
From: Mia Lund <mia@fjord.test>
Date: 5 Mar 2024 at 14:03 +0100
To: Leo Berg <leo@skog.test>
Subject: Offer 17

> Dear Leo,
> here it is.
""",
        "2024-03-05T13:03Z",
    ),
    (
        "en",
        "Fastmail",
        "Fwd: Offer 17",
        """FYI

----- Original message -----
From: Mia Lund <mia@fjord.test>
To: Leo Berg <leo@skog.test>
Subject: Offer 17
Date: Tuesday, March 05, 2024 2:03 PM

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "Proton",
        "Fw: Offer 17",
        """FYI

------- Forwarded Message -------
From: Mia Lund <mia@fjord.test>
Date: On Tuesday, March 5th, 2024 at 2:03 PM
Subject: Offer 17
To: Leo Berg <leo@skog.test>

> Dear Leo,
> here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "Notes",
        "Fw: Offer 17",
        """FYI

----- Forwarded by Kim Holm/Skog on 03/06/2024 09:15 AM -----

From:        Mia Lund <mia@fjord.test>
To:          Leo Berg <leo@skog.test>
Date:        2024/03/05 14:03
Subject:     Offer 17



Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "MailMate",
        "Fwd: Offer 17",
        """FYI

Forwarded message:

> From: Mia Lund <mia@fjord.test>
> To: Leo Berg <leo@skog.test>
> Subject: Offer 17
> Date: Tue, 05 Mar 2024 14:03:12 +0100
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "en",
        "Gmail, folded",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ---------
From: Mia Lund
<mia@fjord.test>
Date: Tue, 5 Mar 2024, 14:03
Subject: Offer 17
To: Leo Berg
 <leo@skog.test>


Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "labels and values apart",
        "Fw: Offer 17",
        """FYI

From:
Mia Lund <mia@fjord.test>
Sent:
Tuesday, March 5, 2024 2:03 PM
To:
Leo Berg <leo@skog.test>
Subject:
Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "a blank line behind each",
        "Fw: Offer 17",
        """FYI

From: Mia Lund <mia@fjord.test>

Sent: Tuesday, March 5, 2024 2:03 PM

To: Leo Berg <leo@skog.test>

Subject: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "ja",
        "Gmail",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ---------
From: Mia Lund <mia@fjord.test>
Date: 2024年3月5日(火) 14:03
Subject: Offer 17
To: Leo Berg <leo@skog.test>


Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "ja",
        "Outlook",
        "FW: Offer 17",
        """FYI

差出人: Mia Lund <mia@fjord.test>
送信日時: 2024年3月5日火曜日 14:03
宛先: Leo Berg <leo@skog.test>
件名: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "ja",
        "Outlook, full-width colons",
        "FW: Offer 17",
        """FYI

-----元のメッセージ-----
差出人：Mia Lund <mia@fjord.test>
送信日時：2024/03/05 (火) 午後2:03
宛先：Leo Berg <leo@skog.test>
件　名：Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "ja",
        "iPhone",
        "Fwd: Offer 17",
        """FYI

転送されたメッセージ：

> 差出人: Mia Lund <mia@fjord.test>
> 日時: 2024年3月5日 14:03:12 JST
> 宛先: Leo Berg <leo@skog.test>
> 件名: Offer 17
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T05:03:12Z",
    ),
    (
        "ja",
        "Thunderbird",
        "Fwd: Offer 17",
        """FYI

-------- 転送メッセージ --------
件名: \tOffer 17
日付: \tTue, 5 Mar 2024 14:03:12 +0900
差出人: \tMia Lund <mia@fjord.test>
宛先: \tLeo Berg <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T05:03:12Z",
    ),
    (
        "ja",
        "Becky!",
        "Fw: Offer 17",
        """FYI

Forwarded by 北野 花 <hana@skog.test>
----------------------- Original Message -----------------------
 From:    Mia Lund <mia@fjord.test>
 To:      Leo Berg <leo@skog.test>
 Date:    Tue, 05 Mar 2024 14:03:12 +0900
 Subject: Offer 17
----

Dear Leo,
here it is.

--------------------- Original Message Ends --------------------
""",
        "2024-03-05T05:03:12Z",
    ),
    (
        "ja",
        "by hand",
        "【転送】Offer 17",
        """FYI

▼転送メール
差出人： Mia Lund <mia@fjord.test>
日　時： 令和6年3月5日 14時03分
宛　先： Leo Berg <leo@skog.test>
件　名： Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "de",
        "Outlook",
        "WG: Offer 17",
        """FYI

Von: Mia Lund <mia@fjord.test>
Gesendet: Dienstag, 5. März 2024 14:03
An: Leo Berg <leo@skog.test>
Betreff: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "de",
        "GMX",
        "Fw: Offer 17",
        """FYI

Gesendet: Dienstag, 05. März 2024 um 14:03 Uhr
Von: "Mia Lund" <mia@fjord.test>
An: "Leo Berg" <leo@skog.test>
Betreff: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "fr",
        "Outlook",
        "TR: Offer 17",
        """FYI

De : Mia Lund <mia@fjord.test>
Envoyé : mardi 5 mars 2024 14:03
À : Leo Berg <leo@skog.test>
Objet : Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "fr",
        "Apple Mail",
        "Tr : Offer 17",
        """FYI

> Début du message transféré :
>
> De: Mia Lund <mia@fjord.test>
> Date: 5 mars 2024 à 14:03:12 UTC+1
> À: Leo Berg <leo@skog.test>
> Objet: Offer 17
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "es",
        "Outlook",
        "RV: Offer 17",
        """FYI

De: Mia Lund <mia@fjord.test>
Enviado el: martes, 5 de marzo de 2024 14:03
Para: Leo Berg <leo@skog.test>
Asunto: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "es",
        "Gmail",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ---------
De: Mia Lund <mia@fjord.test>
Date: mar, 5 mar 2024 a las 14:03
Subject: Offer 17
To: Leo Berg <leo@skog.test>


Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "pt-BR",
        "Outlook",
        "ENC: Offer 17",
        """FYI

De: Mia Lund <mia@fjord.test>
Enviada em: terça-feira, 5 de março de 2024 14:03
Para: Leo Berg <leo@skog.test>
Assunto: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "pt",
        "Apple Mail",
        "Fwd: Offer 17",
        """FYI

> Início da mensagem reencaminhada:
>
> De: Mia Lund <mia@fjord.test>
> Assunto: Offer 17
> Data: 5 de março de 2024, 14:03:12 WET
> Para: Leo Berg <leo@skog.test>
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T14:03:12Z",
    ),
    (
        "it",
        "Outlook",
        "I: Offer 17",
        """FYI

Da: Mia Lund <mia@fjord.test>
Inviato: martedì 5 marzo 2024 14:03
A: Leo Berg <leo@skog.test>
Oggetto: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "it",
        "Thunderbird",
        "Fwd: Offer 17",
        """FYI

-------- Messaggio Inoltrato --------
Oggetto: \tOffer 17
Data: \tTue, 5 Mar 2024 14:03:12 +0100
Mittente: \tMia Lund <mia@fjord.test>
A: \tLeo Berg <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "nl",
        "Outlook",
        "FW: Offer 17",
        """FYI

Van: Mia Lund <mia@fjord.test>
Verzonden: dinsdag 5 maart 2024 14:03
Aan: Leo Berg <leo@skog.test>
Onderwerp: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "nl",
        "Apple Mail",
        "Fwd: Offer 17",
        """FYI

> Begin doorgestuurd bericht:
>
> Van: Mia Lund <mia@fjord.test>
> Onderwerp: Offer 17
> Datum: 5 maart 2024 om 14:03:12 CET
> Aan: Leo Berg <leo@skog.test>
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "sv",
        "Outlook",
        "VB: Offer 17",
        """FYI

Från: Mia Lund <mia@fjord.test>
Skickat: den 5 mars 2024 14:03
Till: Leo Berg <leo@skog.test>
Ämne: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "no",
        "Outlook",
        "VS: Offer 17",
        """FYI

Fra: Mia Lund <mia@fjord.test>
Sendt: tirsdag 5. mars 2024 14:03
Til: Leo Berg <leo@skog.test>
Emne: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "no",
        "Apple Mail",
        "Fwd: Offer 17",
        """FYI

> Videresendt melding:
>
> Fra: Mia Lund <mia@fjord.test>
> Emne: Offer 17
> Dato: 5. mars 2024 kl. 14:03:12 CET
> Til: Leo Berg <leo@skog.test>
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "da",
        "Outlook",
        "VS: Offer 17",
        """FYI

Fra: Mia Lund <mia@fjord.test>
Sendt: 5. marts 2024 14:03
Til: Leo Berg <leo@skog.test>
Emne: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "da",
        "Gmail",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ---------
Fra: Mia Lund <mia@fjord.test>
Date: tir. 5. mar. 2024 kl. 14.03
Subject: Offer 17
To: Leo Berg <leo@skog.test>


Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "fi",
        "Outlook",
        "VL: Offer 17",
        """FYI

Lähettäjä: Mia Lund <mia@fjord.test>
Lähetetty: tiistai 5. maaliskuuta 2024 14.03
Vastaanottaja: Leo Berg <leo@skog.test>
Aihe: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "pl",
        "Outlook",
        "PD: Offer 17",
        """FYI

Od: Mia Lund <mia@fjord.test>
Wysłano: wtorek, 5 marca 2024 14:03
Do: Leo Berg <leo@skog.test>
Temat: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "pl",
        "Thunderbird",
        "Fwd: Offer 17",
        """FYI

-------- Przekazana wiadomość --------
Temat: \tOffer 17
Data: \tTue, 5 Mar 2024 14:03:12 +0100
Nadawca: \tMia Lund <mia@fjord.test>
Adresat: \tLeo Berg <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "cs",
        "Outlook",
        "FW: Offer 17",
        """FYI

Od: Mia Lund <mia@fjord.test>
Odesláno: úterý 5. března 2024 14:03
Komu: Leo Berg <leo@skog.test>
Předmět: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "cs",
        "Seznam",
        "Fwd: Offer 17",
        """FYI

---------- Přeposlaná zpráva ----------
Od: Mia Lund <mia@fjord.test>
Komu: Leo Berg <leo@skog.test>
Datum: 5. 3. 2024 14:03:12
Předmět: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03:12",
    ),
    (
        "sk",
        "Outlook",
        "FW: Offer 17",
        """FYI

Od: Mia Lund <mia@fjord.test>
Odoslané: utorok 5. marca 2024 14:03
Komu: Leo Berg <leo@skog.test>
Predmet: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "hu",
        "Outlook",
        "FW: Offer 17",
        """FYI

Feladó: Mia Lund <mia@fjord.test>
Elküldve: 2024. március 5., kedd 14:03
Címzett: Leo Berg <leo@skog.test>
Tárgy: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "hu",
        "Gmail",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ---------
Feladó: Mia Lund <mia@fjord.test>
Date: 2024. márc. 5., K, 14:03
Subject: Offer 17
To: Leo Berg <leo@skog.test>


Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "ro",
        "Outlook",
        "FW: Offer 17",
        """FYI

De la: Mia Lund <mia@fjord.test>
Trimis: marți, 5 martie 2024 14:03
Către: Leo Berg <leo@skog.test>
Subiect: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "ru",
        "Outlook",
        "FW: Offer 17",
        """FYI

От: Mia Lund <mia@fjord.test>
Отправлено: 5 марта 2024 г. 14:03
Кому: Leo Berg <leo@skog.test>
Тема: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "ru",
        "Mail.ru",
        "Fwd: Offer 17",
        """FYI

-------- Пересылаемое сообщение --------
От кого: Mia Lund <mia@fjord.test>
Кому: Leo Berg <leo@skog.test>
Дата: Вторник, 5 марта 2024, 14:03 +03:00
Тема: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T11:03Z",
    ),
    (
        "ru",
        "Yandex",
        "Fwd: Offer 17",
        """FYI

-------- Пересылаемое сообщение --------
05.03.2024, 14:03, "Mia Lund" <mia@fjord.test>:

Dear Leo,
here it is.
-------- Конец пересылаемого сообщения --------
""",
        "2024-03-05T14:03",
    ),
    (
        "uk",
        "Outlook",
        "FW: Offer 17",
        """FYI

Від: Mia Lund <mia@fjord.test>
Надіслано: 5 березня 2024 р. 14:03
Кому: Leo Berg <leo@skog.test>
Тема: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "uk",
        "Gmail",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ---------
Від: Mia Lund <mia@fjord.test>
Date: вт, 5 бер. 2024 р. о 14:03
Subject: Offer 17
To: Leo Berg <leo@skog.test>


Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "hr",
        "Outlook",
        "FW: Offer 17",
        """FYI

Šalje: Mia Lund <mia@fjord.test>
Poslano: 5. ožujka 2024. 14:03
Prima: Leo Berg <leo@skog.test>
Predmet: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "et",
        "Outlook",
        "FW: Offer 17",
        """FYI

Saatja: Mia Lund <mia@fjord.test>
Saadetud: teisipäev, 5. märts 2024 14:03
Adressaat: Leo Berg <leo@skog.test>
Teema: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "tr",
        "Outlook",
        "İLT: Offer 17",
        """FYI

Kimden: Mia Lund <mia@fjord.test>
Gönderildi: 5 Mart 2024 Salı 14:03
Kime: Leo Berg <leo@skog.test>
Konu: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "tr",
        "Gmail",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ---------
Gönderen: Mia Lund <mia@fjord.test>
Date: 5 Mar 2024 Sal, 14:03
Subject: Offer 17
To: Leo Berg <leo@skog.test>


Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "zh-CN",
        "Outlook",
        "转发: Offer 17",
        """FYI

发件人: Mia Lund <mia@fjord.test>
发送时间: 2024年3月5日 14:03
收件人: Leo Berg <leo@skog.test>
主题: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "zh-CN",
        "QQ",
        "转发：Offer 17",
        """FYI

------------------ 原始邮件 ------------------
发件人: "Mia Lund" <mia@fjord.test>;
发送时间: 2024年3月5日(星期二) 下午2:03
收件人: "Leo Berg"<leo@skog.test>;
主题: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "zh-CN",
        "163",
        "Fw:Offer 17",
        """FYI

-------- 转发邮件信息 --------
发件人："Mia Lund" <mia@fjord.test>
发送日期：2024-03-05 14:03:12
收件人："Leo Berg" <leo@skog.test>
主题：Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03:12",
    ),
    (
        "zh-TW",
        "Outlook",
        "轉寄: Offer 17",
        """FYI

寄件者: Mia Lund <mia@fjord.test>
寄件日期: 2024年3月5日 下午 02:03
收件者: Leo Berg <leo@skog.test>
主旨: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "ko",
        "Outlook",
        "FW: Offer 17",
        """FYI

보낸 사람: Mia Lund <mia@fjord.test>
보낸 날짜: 2024년 3월 5일 화요일 오후 2:03
받는 사람: Leo Berg <leo@skog.test>
제목: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "ko",
        "Naver",
        "Fwd: Offer 17",
        """FYI

-----Original Message-----
From: "Mia Lund" <mia@fjord.test>
To: "Leo Berg" <leo@skog.test>;
Cc:
Sent: 2024-03-05 (화) 14:03:12 (GMT+09:00)
Subject: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T05:03:12Z",
    ),
    (
        "ja",
        "Samsung",
        "Fwd: Offer 17",
        """FYI

-------- 元のメッセージ --------
差出人: Mia Lund <mia@fjord.test>
日付: 2024/03/05 14:03 (GMT+09:00)
宛先: Leo Berg <leo@skog.test>
件名: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T05:03Z",
    ),
    (
        "ja",
        "Outlook for Android",
        "FW: Offer 17",
        """FYI

________________________________
差出人: Mia Lund <mia@fjord.test>
送信日時: 火曜日, 3月 5, 2024 2:03 午後
宛先: Leo Berg <leo@skog.test>
件名: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "ja",
        "Outlook Express",
        "Fw: Offer 17",
        """FYI

----- Original Message -----
From: "Mia Lund" <mia@fjord.test>
To: "Leo Berg" <leo@skog.test>
Sent: Tuesday, March 05, 2024 2:03 PM
Subject: Offer 17


Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "Entourage",
        "FW: Offer 17",
        """FYI

------ Forwarded Message
From: Mia Lund <mia@fjord.test>
Date: Tue, 05 Mar 2024 14:03:12 +0100
To: Leo Berg <leo@skog.test>
Subject: Offer 17

Dear Leo,
here it is.

------ End of Forwarded Message
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "en",
        "Zoho",
        "Fwd: Offer 17",
        """FYI



============ Forwarded message ============
From: Mia Lund <mia@fjord.test>
To: "Leo Berg"<leo@skog.test>
Date: Tue, 05 Mar 2024 14:03:12 +0100
Subject: Offer 17
============ Forwarded message ============

Dear Leo,
here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "en",
        "with an empty Cc at the end",
        "FW: Offer 17",
        """FYI

From: Mia Lund <mia@fjord.test>
Sent: Tuesday, March 5, 2024 2:03 PM
To: Leo Berg <leo@skog.test>
Subject: Offer 17
Cc:

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "with an empty Cc and no blank line",
        "FW: Offer 17",
        """FYI

From: Mia Lund <mia@fjord.test>
Sent: Tuesday, March 5, 2024 2:03 PM
To:
 Leo Berg <leo@skog.test>
Subject: Offer 17
Cc:
Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "de",
        "Notes",
        "WG: Offer 17",
        """FYI

----- Weitergeleitet von Kim Holm/Skog/DE am 06.03.2024 09:15 -----

Von:        "Mia Lund" <mia@fjord.test>
An:        "Leo Berg" <leo@skog.test>
Datum:        05.03.2024 14:03
Betreff:        Offer 17
--------------------------------------------------



Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "fr",
        "Orange",
        "TR: Offer 17",
        """FYI

> Message du 05/03/24 14:03
> De : "Mia Lund" <mia@fjord.test>
> A : "Leo Berg" <leo@skog.test>
> Copie à :
> Objet : Offer 17
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "it",
        "Libero",
        "Fw: Offer 17",
        """FYI

---------- Initial Header -----------

From      : "Mia Lund" mia@fjord.test
To          : "Leo Berg" leo@skog.test
Cc          :
Date      : Tue, 5 Mar 2024 14:03:12 +0100
Subject : Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "el",
        "Outlook",
        "ΠΡΘ: Offer 17",
        """FYI

Από: Mia Lund <mia@fjord.test>
Στάλθηκε: Τρίτη, 5 Μαρτίου 2024 14:03
Προς: Leo Berg <leo@skog.test>
Θέμα: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "vi",
        "Gmail",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ---------
Từ: Mia Lund <mia@fjord.test>
Date: 14:03, Th 3, 5 thg 3, 2024
Subject: Offer 17
To: Leo Berg <leo@skog.test>


Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "mutt",
        "Fwd: Offer 17",
        """FYI

----- Forwarded message from Mia Lund <mia@fjord.test> -----

Date: Tue, 5 Mar 2024 14:03:12 +0100
From: Mia Lund <mia@fjord.test>
To: Leo Berg <leo@skog.test>
Subject: Offer 17
User-Agent: Mutt/1.5

Dear Leo,
here it is.

----- End forwarded message -----
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "en",
        "Gnus",
        "Fwd: Offer 17",
        """FYI

-------------------- Start of forwarded message --------------------
From: Mia Lund <mia@fjord.test>
To: Leo Berg <leo@skog.test>
Subject: Offer 17
Date: Tue, 05 Mar 2024 14:03:12 +0100

Dear Leo,
here it is.
-------------------- End of forwarded message --------------------
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "en",
        "KMail",
        "Fwd: Offer 17",
        """FYI

----------  Forwarded Message  ----------

Subject: Offer 17
Date: Tuesday 05 March 2024, 14:03:12
From: Mia Lund <mia@fjord.test>
To: Leo Berg <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T14:03:12",
    ),
    (
        "en",
        "eM Client",
        "Fw: Offer 17",
        """FYI

------ Forwarded Message ------
From: "Mia Lund" <mia@fjord.test>
To: "Leo Berg" <leo@skog.test>
Date: 15/3/2024 14:03:12
Subject: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-15T14:03:12",
    ),
    (
        "en",
        "AOL",
        "Fwd: Offer 17",
        """FYI

-----Original Message-----
From: Mia Lund <mia@fjord.test>
To: Leo Berg <leo@skog.test>
Sent: Tue, Mar 5, 2024 2:03 pm
Subject: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "Mailspring",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded Message ---------

From: Mia Lund <mia@fjord.test>
Subject: Offer 17
Date: Mar 5 2024, at 2:03 pm
To: Leo Berg <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "de",
        "T-Online",
        "WG: Offer 17",
        """FYI

-----Original-Nachricht-----
Betreff: Offer 17
Datum: 2024-03-05T14:03:12+0100
Von: "Mia Lund" <mia@fjord.test>
An: "Leo Berg" <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "de",
        "Web.de",
        "Fwd: Offer 17",
        """FYI

-------- Weitergeleitete Nachricht --------
Von: Mia Lund <mia@fjord.test>
An: Leo Berg <leo@skog.test>
Datum: 05.03.24, 14:03
Betreff: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "ko",
        "Daum",
        "Fwd: Offer 17",
        """FYI

--------- 원본 메일 ---------
보낸사람 : Mia Lund <mia@fjord.test>
받는사람 : Leo Berg <leo@skog.test>
날짜: 24.03.05 14:03 GMT +0900
제목: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T05:03Z",
    ),
    (
        "uk",
        "Ukr.net",
        "Fwd: Offer 17",
        """FYI

--- Пересилане повідомлення ---
Від кого: "Mia Lund" <mia@fjord.test>
Кому: "Leo Berg" <leo@skog.test>
Дата: 5 березня 2024, 14:03:12
Тема: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03:12",
    ),
    (
        "ja",
        "Zimbra",
        "Fwd: Offer 17",
        """FYI

----- 転送済みメッセージ -----
差出人: "Mia Lund" <mia@fjord.test>
宛先: "Leo Berg" <leo@skog.test>
送信済み: 2024年3月5日, 火曜日 午後 2:03:12
件名: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03:12",
    ),
    (
        "ja",
        "HubSpot",
        "Fwd: Offer 17",
        """FYI

---------- メッセージを転送 ---------
送信元：Mia Lund <mia@fjord.test>
日付：2024年3月5日火曜日 14:03:12 +0900
件名：Offer 17
宛先：Leo Berg <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T05:03:12Z",
    ),
    (
        "zh-CN",
        "Apple Mail",
        "Fwd: Offer 17",
        """FYI

> 下面是被转发的邮件：
>
> 发件人: Mia Lund <mia@fjord.test>
> 主题: Offer 17
> 日期: 2024年3月5日 GMT+8 14:03:12
> 收件人: Leo Berg <leo@skog.test>
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T06:03:12Z",
    ),
    (
        "zh-CN",
        "Apple Mail, years ago",
        "Fwd: Offer 17",
        """FYI

> 下面是被转发的邮件：
>
> 发件人: Mia Lund <mia@fjord.test>
> 主题: Offer 17
> 日期: 2024年3月5日 CST 下午2:03:12
> 收件人: Leo Berg <leo@skog.test>
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T06:03:12Z",
    ),
    (
        "ko",
        "Apple Mail",
        "Fwd: Offer 17",
        """FYI

> 전달된 메시지 시작:
>
> 보낸 사람: Mia Lund <mia@fjord.test>
> 제목: Offer 17
> 날짜: 2024년 3월 5일 GMT+9 오후 2:03:12
> 받는 사람: Leo Berg <leo@skog.test>
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T05:03:12Z",
    ),
    (
        "cs",
        "Apple Mail",
        "Fwd: Offer 17",
        """FYI

> Začátek přeposílané zprávy:
>
> Od: Mia Lund <mia@fjord.test>
> Předmět: Offer 17
> Datum: 5. března 2024 14:03:12 SEČ
> Komu: Leo Berg <leo@skog.test>
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "en",
        "Apple Mail in London",
        "Fwd: Offer 17",
        """FYI

> Begin forwarded message:
>
> From: Mia Lund <mia@fjord.test>
> Subject: Offer 17
> Date: 5 June 2024 at 14:03:12 BST
> To: Leo Berg <leo@skog.test>
>
> Dear Leo,
> here it is.
""",
        "2024-06-05T13:03:12Z",
    ),
    (
        "he",
        "Gmail",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ---------
\u202aמאת: Mia Lund <mia@fjord.test>
Date: \u202bיום ג׳, 5 במרץ 2024 ב-14:03\u202c
Subject: Offer 17
To: Leo Berg <leo@skog.test>


Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "el",
        "Gmail",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ---------
Από: Mia Lund <mia@fjord.test>
Date: Τρί 5 Μαρ 2024 στις 2:03 μ.μ.
Subject: Offer 17
To: Leo Berg <leo@skog.test>


Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "zh-TW",
        "Thunderbird",
        "Fwd: Offer 17",
        """FYI

-------- 轉寄郵件 --------
主旨: 	Offer 17
日期: 	Tue, 5 Mar 2024 14:03:12 +0800
從: 	Mia Lund <mia@fjord.test>
至: 	Leo Berg <leo@skog.test>



Dear Leo,
here it is.
""",
        "2024-03-05T06:03:12Z",
    ),
    (
        "zh-CN",
        "NetEase",
        "转发：Offer 17",
        """FYI

---- 转发的原邮件 ----
| 发件人 | Mia Lund<mia@fjord.test> |
| 日期 | 2024年03月05日 14:03 |
| 收件人 | Leo Berg<leo@skog.test> |
| 抄送至 | |
| 主题 | Offer 17 |

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "zh-CN",
        "QQ, entities left in its text",
        "转发：Offer 17",
        """FYI

------------------&nbsp;原始邮件&nbsp;------------------
发件人:&nbsp;"Mia Lund"<mia@fjord.test&gt;;
发送时间:&nbsp;2024年3月5日(星期二) 下午2:03
收件人:&nbsp;"Leo Berg"<leo@skog.test&gt;;
主题:&nbsp;Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "Notes, years ago",
        "Fw: Offer 17",
        """FYI

---------------------- Forwarded by Kim Holm/Skog on 06.03.2024 09:15 ----------------------


Mia Lund <mia@fjord.test> on 05.03.2024 14:03:12
To:	Leo Berg <leo@skog.test>
cc:
Subject:	Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03:12",
    ),
    (
        "en",
        "eM Client, without colons",
        "Fwd: Offer 17",
        """FYI

------ Forwarded Message ------
From "Mia Lund" <mia@fjord.test>
To "Leo Berg" <leo@skog.test>
Date 5 Mar 2024 14:03:12 +01:00
Subject Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "ro",
        "eM Client, without colons",
        "Fwd: Offer 17",
        """FYI

------ Mesaj redirecționat ------
De la "Mia Lund" <mia@fjord.test>
Către "Leo Berg" <leo@skog.test>
Dată 05.03.2024 14:03:12
Subiect Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03:12",
    ),
    (
        "en",
        "The Bat!",
        "Fwd: Offer 17",
        """FYI

This is a forwarded message
From: Mia Lund <mia@fjord.test>
To: Leo Berg <leo@skog.test>
Date: Tuesday, March 5, 2024, 2:03:12 PM
Subject: Offer 17

===8<==============Original message text===============
Dear Leo,
here it is.

===8<===========End of original message text===========
""",
        "2024-03-05T14:03:12",
    ),
    (
        "en",
        "Superhuman",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ---------
From: Mia Lund < mia@fjord.test >
Date: Tue, Mar 5, 2024 at 2:03 PM
Subject: Offer 17
To: Leo Berg < leo@skog.test >

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "en",
        "Front",
        "Fwd: Offer 17",
        """FYI

---------- Forwarded message ---------
From: Mia Lund ( mia@fjord.test )
Date: March 5, 2024 at 2:03 PM
Subject: Offer 17
To: Leo Berg ( leo@skog.test )

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "cs",
        "Apple Mail with a Reply-To",
        "Fwd: Offer 17",
        """FYI

> Začátek přeposílané zprávy:
>
> Od: Mia Lund <mia@fjord.test>
> Předmět: Offer 17
> Datum: 5. března 2024 v 14:03:12 SEČ
> Komu: Leo Berg <leo@skog.test>
> Odpověď: desk@fjord.test
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "sk",
        "Apple Mail with a Reply-To",
        "Fwd: Offer 17",
        """FYI

> Začiatok preposlanej správy:
>
> Od: Mia Lund <mia@fjord.test>
> Predmet: Offer 17
> Dátum: 5. marca 2024 o 14:03:12 SEČ
> Komu: Leo Berg <leo@skog.test>
> Odpoveď: desk@fjord.test
>
> Dear Leo,
> here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "tr",
        "Apple Mail, not quoted",
        "Fwd: Offer 17",
        """FYI

İletilen ileti başlangıcı:

Kimden: Mia Lund <mia@fjord.test>
Konu: Offer 17
Tarih: 5 Mart 2024 14:03:12 GMT+3
Kime: Leo Berg <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T11:03:12Z",
    ),
    (
        "el",
        "Apple Mail, not quoted",
        "Fwd: Offer 17",
        """FYI

Αρχή προωθημένου μηνύματος:

Από: Mia Lund <mia@fjord.test>
Θέμα: Offer 17
Ημερομηνία: 5 Μαρτίου 2024 στις 2:03:12 μ.μ. EET
Προς: Leo Berg <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T12:03:12Z",
    ),
    (
        "id",
        "Apple Mail, not quoted",
        "Fwd: Offer 17",
        """FYI

Mulai pesan yang diteruskan:

Dari: Mia Lund <mia@fjord.test>
Subjek: Offer 17
Tanggal: 5 Maret 2024 pukul 14.03.12 WIB
Kepada: Leo Berg <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T07:03:12Z",
    ),
    (
        "vi",
        "Apple Mail, not quoted",
        "Fwd: Offer 17",
        """FYI

Bắt đầu thư được chuyển tiếp:

Từ: Mia Lund <mia@fjord.test>
Chủ đề: Offer 17
Ngày: lúc 14:03:12 GMT+7, 5 tháng 3, 2024
Đến: Leo Berg <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T07:03:12Z",
    ),
    (
        "th",
        "Apple Mail, not quoted",
        "Fwd: Offer 17",
        """FYI

เริ่มต้นข้อความที่ส่งต่อ:

จาก: Mia Lund <mia@fjord.test>
หัวข้อ: Offer 17
วันที่: 5 มีนาคม 2567 เวลา 14:03:12 GMT+7
ถึง: Leo Berg <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T07:03:12Z",
    ),
    (
        "th",
        "Outlook",
        "FW: Offer 17",
        """FYI

จาก: Mia Lund <mia@fjord.test>
วันที่ส่ง: วันอังคารที่ 5 มีนาคม 2567 14:03
ถึง: Leo Berg <leo@skog.test>
เรื่อง: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "vi",
        "Outlook",
        "Chuyển tiếp: Offer 17",
        """FYI

Từ: Mia Lund <mia@fjord.test>
Đã gửi: Thứ Ba, 5 Tháng Ba 2024 2:03 CH
Đến: Leo Berg <leo@skog.test>
Chủ đề: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "ar",
        "Outlook",
        "\u200f\u200fإعادة توجيه: Offer 17",
        """FYI

من: Mia Lund <mia@fjord.test>
تم الإرسال: الثلاثاء، ٥ مارس ٢٠٢٤ ٠٢:٠٣ م
إلى: Leo Berg <leo@skog.test>
الموضوع: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "he",
        "Outlook",
        "\u200f\u200fהעברה: Offer 17",
        """FYI

\u200f\u200fמאת: Mia Lund <mia@fjord.test>
\u200f\u200fנשלח: יום שלישי 5 מרץ 2024 14:03
\u200f\u200fאל: Leo Berg <leo@skog.test>
\u200f\u200fנושא: Offer 17

Dear Leo,
here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "de",
        "Proton",
        "Fw: Offer 17",
        """FYI

------- Weitergeleitete Nachricht -------
Von: Mia Lund <mia@fjord.test>
Datum: Am Dienstag, den 5. März 2024 um 14:03
Betreff: Offer 17
An: Leo Berg <leo@skog.test>

>
> Dear Leo,
> here it is.
""",
        "2024-03-05T14:03",
    ),
    (
        "ar",
        "Thunderbird",
        "Fwd: Offer 17",
        """FYI

-------- رسالة ممررة --------
الموضوع: \tOffer 17
التاريخ: \tTue, 5 Mar 2024 14:03:12 +0100
من: \tMia Lund <mia@fjord.test>
إلى: \tLeo Berg <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
    (
        "id",
        "Thunderbird",
        "Fwd: Offer 17",
        """FYI

-------- Pesan Terusan --------
Subjek: \tOffer 17
Tanggal: \tTue, 5 Mar 2024 14:03:12 +0100
Dari: \tMia Lund <mia@fjord.test>
Kepada: \tLeo Berg <leo@skog.test>

Dear Leo,
here it is.
""",
        "2024-03-05T13:03:12Z",
    ),
]
