"""The small words of each language: those that say nothing of what a sentence is about, question words among them.

Kept by hand and short on purpose: whoever knows a language better adds to its line. They tell languages apart, too.
"""

_BY_LANGUAGE = {
    "en": (
        "a an the and or but if of at by for with about to from in on off over under again then once here there all"
        " any both each few more most other some such no nor not only own same so than too very can will just should"
        " would could must may might now i me my we our us you your he him his she her hers it its they them their"
        " theirs what which who whom whose this that these those am is are was were be been being have has had"
        " having do does did doing how when where why as up out until while during before after above below between"
        " into through because don doesn didn isn wasn won ll re ve also ever yet tell told said say says"
    ),
    "it": (
        "a ad al alla alle allo ai agli da dal dalla dai di del della dei delle dello in nel nella nei con su sul"
        " sulla per tra fra il lo la i gli le un uno una e ed o ma se che chi cui non più come quando dove quale"
        " quali quanto è sono era erano ho hai ha hanno aveva mi ti si ci vi lui lei loro suo sua suoi sue mio mia"
        " tuo tua cosa c l d un questo questa quello quella anche perché raccontami detto dice ne poi"
    ),
    "de": (
        "der die das den dem des ein eine einen einem einer eines und oder aber wenn als ob von vom zu zum zur mit"
        " bei beim nach aus in im an am auf für über unter vor bis ich du er sie es wir ihr mich mir dich dir ihn"
        " ihm ihnen mein meine dein deine sein seine ihre war waren ist sind bin bist hat hatte haben habe hab wird"
        " wurde werden nicht kein keine was wer wem wen wie wann wo warum welche welcher welches womit noch nur auch"
        " da dann dass doch so schon mal erzähl jetzt"
    ),
    "da": (
        "og i jeg det at en et den de der som på med han hun af for ikke var mig sig men har om vi min din sin mit"
        " dit sit havde ham nu over da fra du ud os op hans hendes hvor eller hvad skal her alle vil blev kunne ind"
        " når være dog noget jo deres efter ned end dette også under have dig anden hende meget vor mod disse hvis"
        " nogle nogen hos blive mange bliver været sådan hvem hvilken hvilke hvilket hvordan hvornår hvorfor fortæl"
        " til er så kan"
    ),
    "fi": (
        "ja on ei se että hän ne minä sinä me te he oli olla olen olet oliko onko ovat kun niin mutta jos myös mitä"
        " kuka keitä keiden mikä missä milloin kuinka miten mihin kenelle ketkä kenen sen sitä siitä siinä siellä"
        " mun sun mulla hänellä hänen minun sinun tai vai joka jotka jolla jossa kanssa kerro miksi tuo tämä nyt"
        " sitten jotain"
    ),
    "sv": (
        "och i jag det att en ett den de som på med han hon av för inte var mig sig men har om vi min din sin mitt"
        " ditt hade honom nu över då från du ut oss upp hans hennes var eller vad ska här alla vill blev kunde in"
        " när vara något ju deras efter ner än detta också under dig annan henne mycket mot dessa vilka vem vilken"
        " hur varför till är så kan berätta"
    ),
    "no": (
        "og i jeg det at en et den de der som på med han hun av for ikke var meg seg men har om vi min din sin mitt"
        " ditt hadde ham nå over da fra du ut oss opp hans hennes hvor eller hva skal her alle vil ble kunne inn når"
        " være noe jo deres etter ned enn dette også under deg annen henne mye mot disse hvis noen hos bli hvem"
        " hvilken hvordan hvorfor fortell til er så kan"
    ),
    "es": (
        "a al de del en con por para sin sobre entre el la los las un una unos unas y o pero si que quien quién"
        " cual cuál no más como cómo cuando cuándo donde dónde qué es son era eran fue ha he han había me te se nos"
        " le les lo su sus mi mis tu tus él ella ellos este esta ese esa esto eso también porque hay yo muy ya"
        " cuéntame"
    ),
    "fr": (
        "à au aux de du des en dans avec par pour sans sur entre le la les un une et ou mais si que qui quoi quel"
        " quelle quels quelles ne pas plus comme comment quand où est sont était étaient a ai as ont avait me te se"
        " nous vous lui leur son sa ses mon ma mes ton ta tes il elle ils elles on ce cet cette ces cela ça aussi"
        " parce y d l c j n s m t qu je tu raconte"
    ),
    "nl": (
        "de het een en of maar als van te met bij naar uit in op aan voor over onder door ik jij je hij zij ze wij"
        " we jullie mij me hem haar ons hun mijn jouw zijn was waren is ben bent heeft had hebben wordt werd niet"
        " geen wat wie hoe wanneer waar waarom welke nog alleen ook dan dat die dit deze er toen om vertel"
    ),
    "pt": (
        "a ao à de do da dos das em no na nos nas com por para sem sobre entre o os as um uma e ou mas se que quem"
        " qual não mais como quando onde é são era eram foi tem tinha me te lhe seu sua seus meu minha teu tua ele"
        " ela eles este esta isso também porque há eu muito já conta"
    ),
}
SMALL_WORDS = {language: frozenset(words.split()) for language, words in _BY_LANGUAGE.items()}
