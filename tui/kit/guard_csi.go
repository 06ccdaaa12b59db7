package kit

import (
	"bytes"
	"strconv"
	"strings"
)

// modes are the private modes that may be switched: cursor keys, wrapping, the
// cursor, mouse and focus reports, the alternate screen, bracketed paste,
// synchronised output, grapheme widths.
var modes = map[int]bool{
	1: true, 7: true, 25: true, 1000: true, 1001: true, 1002: true, 1003: true, 1004: true, 1005: true, 1006: true,
	1049: true, 2004: true, 2026: true, 2027: true,
}

// allowedCSI reports whether a complete control sequence is one that drawing a
// screen takes.
func allowedCSI(seq []byte) bool {
	body, final := seq[2:len(seq)-1], seq[len(seq)-1]
	if len(body) == 0 {
		return strings.IndexByte("mABCDEFGHIJKLMPSTXZ@`abderfsu", final) >= 0
	}
	switch body[0] {
	case '?':
		if string(body) == "?5" && final == 'W' { // a tab stop every eight columns
			return true
		}
		if final == 'J' || final == 'K' {
			return digits(body[1:], "")
		}
		return (final == 'h' || final == 'l') && allModes(body[1:])
	case '>':
		if final == 'm' { // how modified keys are reported
			return bytes.HasPrefix(body, []byte(">4")) && digits(body[1:], ";") && len(body) <= 4
		}
		return final == 'u' && digits(body[1:], ";")
	case '<', '=':
		return final == 'u' && digits(body[1:], ";")
	}
	switch {
	case final == 'm':
		return digits(body, ";:")
	case final == 'h' || final == 'l':
		return string(body) == "4" // insert mode
	case final == 'q': // cursor shape
		return body[len(body)-1] == ' ' && digits(body[:len(body)-1], "")
	case final == 's' || final == 'u':
		return false
	}
	return strings.IndexByte("ABCDEFGHIJKLMPSTXZ@`abderf", final) >= 0 && digits(body, ";")
}

func digits(b []byte, also string) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && strings.IndexByte(also, c) < 0 {
			return false
		}
	}
	return true
}

func allModes(b []byte) bool {
	for _, p := range strings.Split(string(b), ";") {
		n, err := strconv.Atoi(p)
		if err != nil || !modes[n] {
			return false
		}
	}
	return true
}
