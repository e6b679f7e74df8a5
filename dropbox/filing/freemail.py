"""Domains where anybody may have an address: free mail, Internet providers, mobile carriers.

Such a domain says nothing about where its people work: it names no company and nobody's colleagues.
"""

from __future__ import annotations

_WORLD = """
126.com 139.com 163.com 188.com 189.cn 21cn.com aim.com aliyun.com aol.com att.net bellsouth.net
bigpond.com bigpond.net.au bluemail.ch bluewin.ch btinternet.com btopenworld.com charter.net
comcast.net cox.net daum.net duck.com earthlink.net email.com email.cz email.it fastmail.com
fastmail.fm foxmail.com free.fr freemail.hu freenet.de frontier.com gmail.com gmx.at gmx.ch
gmx.com gmx.de gmx.fr gmx.net gmx.us googlemail.com hanmail.net hey.com hinet.net home.nl
hotmail.be hotmail.ca hotmail.co.jp hotmail.co.kr hotmail.co.uk hotmail.com hotmail.com.ar
hotmail.com.br hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl hotmail.se hushmail.com
icloud.com inbox.com inbox.lv inbox.ru interia.pl juno.com kakao.com kolabnow.com kpnmail.nl
laposte.net libero.it list.ru live.be live.ca live.cn live.co.uk live.com live.com.au live.de
live.dk live.fr live.it live.jp live.nl live.se lycos.com mac.com mail.bg mail.com mail.de mail.ee
mail.ru mailbox.org mailfence.com me.com msn.com nate.com naver.com netscape.net netzero.net
ntlworld.com o2.pl onet.pl online.de online.no optonline.net orange.fr outlook.at outlook.be
outlook.cl outlook.co.id outlook.co.th outlook.com outlook.com.ar outlook.com.au outlook.com.br
outlook.cz outlook.de outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.in outlook.it
outlook.jp outlook.kr outlook.my outlook.ph outlook.pt outlook.sa outlook.sg passport.com
pchome.com.tw planet.nl pm.me pobox.com posteo.de posteo.net proton.me protonmail.ch
protonmail.com qq.com quicknet.nl rambler.ru rediffmail.com rocketmail.com rogers.com runbox.com
sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sina.cn sina.com sky.com skynet.be sohu.com
sympatico.ca t-online.de talktalk.net telenet.be terra.com.br tiscali.it tom.com tuta.com tuta.io
tutamail.com tutanota.com tutanota.de ukr.net uol.com.br verizon.net virgilio.it virginmedia.com
wanadoo.fr web.de windstream.net wp.pl xtra.co.nz ya.ru yahoo.ca yahoo.cn yahoo.co.id yahoo.co.in
yahoo.co.jp yahoo.co.kr yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.com yahoo.com.ar yahoo.com.au
yahoo.com.br yahoo.com.cn yahoo.com.hk yahoo.com.mx yahoo.com.my yahoo.com.ph yahoo.com.sg
yahoo.com.tr yahoo.com.tw yahoo.com.vn yahoo.de yahoo.dk yahoo.es yahoo.fr yahoo.gr yahoo.ie
yahoo.in yahoo.it yahoo.no yahoo.pl yahoo.ro yahoo.se yandex.com yandex.ru ybb.ne.jp yeah.net
ymail.com ymail.ne.jp ziggo.nl zoho.com zohomail.com
"""

_JAPAN = """
across.or.jp aol.jp asahi-net.or.jp au.com auone-net.jp auone.jp bb-east.ne.jp bb-west.ne.jp
bb.banban.jp bbexcite.jp bbiq.jp bekkoame.ne.jp biglobe.ne.jp bunbun.ne.jp catv.ne.jp
catvnet.ne.jp ccnet-ai.ne.jp coara.or.jp commufa.jp csc.jp dion.ne.jp disney.ne.jp docomo.ne.jp
dream.com dream.jp dti.ne.jp dwks.jp emnet.ne.jp emobile.ne.jp enjoy.ne.jp eonet.ne.jp
excite.co.jp exciteemail.jp ezweb.ne.jp fctv.ne.jp flets.jp freeml.com friend.ne.jp gol.com goo.jp
goo.ne.jp gyao.ne.jp hi-ho.ne.jp highway.ne.jp home.ne.jp i.softbank.jp ido.ne.jp iij4u.or.jp
incl.ne.jp infoseek.jp infoweb.ne.jp inter7.jp interlink.or.jp interq.or.jp itscom.net janis.or.jp
jetter.jp jp-c.ne.jp jp-d.ne.jp jp-h.ne.jp jp-k.ne.jp jp-n.ne.jp jp-q.ne.jp jp-r.ne.jp jp-s.ne.jp
jp-t.ne.jp jway.ne.jp k-opti.com kcn.jp kcn.ne.jp ktroad.ne.jp lcv.ne.jp livedoor.com livedoor.jp
mail.com.jp mctv.ne.jp medias.ne.jp megaegg.ne.jp mesh.ne.jp mineo.jp mopera.ne.jp mopera.net
msn.co.jp mx1.alpha-web.ne.jp nava21.ne.jp netlaputa.ne.jp nifmail.jp nifty.com nifty.ne.jp
nsknet.or.jp nttpc.ne.jp ocn.ne.jp octv.ne.jp odn.jp odn.ne.jp orihime.ne.jp outlook.co.jp
parkcity.ne.jp pdx.ne.jp pikara.ne.jp plala.or.jp po-jp.com q-net.ne.jp qtnet.ne.jp quolia.ne.jp
rakumail.jp rakuten.jp rakuten.ne.jp s-net.ne.jp sannet.ne.jp so-net.jp so-net.ne.jp so-net.net.tw
softbank.ne.jp spacelan.ne.jp speednet.ne.jp starcat.ne.jp thn.ne.jp tiki.ne.jp tmtv.ne.jp
tnc.ne.jp tokai.or.jp tokyo24.com tu-ka.ne.jp u-netsurf.ne.jp ueda.ne.jp uqmobile.jp uqwimax.jp
vega.ne.jp vodafone.ne.jp wakwak.com wcm.ne.jp willcom.com wind.ne.jp y-mobile.ne.jp yahoo.ne.jp
yun.ne.jp zaq.jp zaq.ne.jp zero.ad.jp
"""

FREE_MAIL: frozenset[str] = frozenset((_WORLD + _JAPAN).split())
"""Canonical domains; everything below one of them counts too (`name@cello.ocn.ne.jp`)."""


def is_free_mail(domain: str) -> bool:
    """Whether anybody may have an address at a canonical `domain`."""
    while domain:
        if domain in FREE_MAIL:
            return True
        domain = domain.partition(".")[2]
    return False
