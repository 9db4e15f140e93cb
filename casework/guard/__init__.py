"""No picture gets in: nothing to store it in, nothing to send it with, and no text that holds one.

`checks` stops the start when a model, a form or a storage could hold a file. `middleware` leaves every body but a plain
form unread. `text.check_text` is the one place through which each text goes; `scan` holds the order of its judges:

    disguise    takes off what hides a run: characters nobody sees, look-alike letters, odd spaces, other digits
    markup      data addresses, tags, RTF and mail parts, addresses that end in a type of picture or film
    art         pictures drawn with braille, blocks, squares or signs
    shapes      each word as a shape of small and capital letters, digits and signs, looked up in a small table
    runs        strange words in a row or strewn about, numbers, short pieces, hex, mixed signs
    streams     letters spread as in no language
    wide        signs outside ASCII, each as frequent as another, from whatever script they are
    vocabulary  words made up, of a list, or so few that each is a digit
    naming      decodes what a judge found, however often it was wrapped (`decoders`, `signatures`), to say what it is

A signature decides at 32 characters. Without one the number of bytes decides that a run can carry: 192 in a row, 400
strewn over a text, 480 over a submission, 900 over thirty days by one member or in one case (`submission`, `ledger`).
What it can't see, and why: casework/docs/guard.md.
"""
