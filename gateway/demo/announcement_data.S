/* Places announcement.ulaw into the program's read-only data. */
    .section .rodata
    .global causeway_announcement_begin
    .global causeway_announcement_end
causeway_announcement_begin:
    .incbin "announcement.ulaw"
causeway_announcement_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
