package exchange

import (
	"html"
	"strings"

	"galley/session/text"
)

// PlainHTML is the text of an HTML page as a model would read it: headings as in
// Markdown, list items with a dash, a line for each block, preformatted text as it
// is; scripts, styles and comments are left out.
func PlainHTML(page text.Raw) text.Raw {
	var p plainPage
	s := string(page)
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			p.words(s)
			break
		}
		p.words(s[:i])
		s = s[i:]
		if rest, ok := strings.CutPrefix(s, "<!--"); ok {
			_, s, _ = strings.Cut(rest, "-->")
			continue
		}
		name, closing, rest, ok := tagOf(s)
		if !ok { // a sign, no tag
			p.words("<")
			s = s[1:]
			continue
		}
		if s = rest; !closing && silent[name] {
			s = behind(s, name)
			continue
		}
		p.tag(name, closing)
	}
	return text.Raw(strings.Trim(p.b.String(), "\n") + "\n")
}

// silent are the elements whose words nobody reads.
var silent = map[string]bool{"script": true, "style": true, "head": true, "template": true, "noscript": true, "svg": true}

// blocks begin and end a line; apart stand between blank lines.
var (
	blocks = map[string]bool{"div": true, "section": true, "article": true, "tr": true, "li": true, "dt": true, "dd": true, "header": true, "footer": true, "main": true, "nav": true}
	apart  = map[string]bool{"p": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "ul": true, "ol": true, "table": true, "blockquote": true, "pre": true, "dl": true, "hr": true}
)

// tagOf reads a tag at the beginning of s.
func tagOf(s string) (name string, closing bool, rest string, ok bool) {
	at := 1
	if at < len(s) && s[at] == '/' {
		closing, at = true, 2
	}
	end := at
	for end < len(s) && (s[end] >= 'a' && s[end] <= 'z' || s[end] >= 'A' && s[end] <= 'Z' || end > at && s[end] >= '0' && s[end] <= '9') {
		end++
	}
	if end == at && (at >= len(s) || s[at] != '!' && s[at] != '?') {
		return "", false, s, false
	}
	name = strings.ToLower(s[at:end])
	for quote := byte(0); end < len(s); end++ {
		switch c := s[end]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return name, closing, s[end+1:], true
		}
	}
	return name, closing, "", true
}

// behind is what stands behind the end of an element.
func behind(s, name string) string {
	low := strings.ToLower(s)
	if i := strings.Index(low, "</"+name); i >= 0 && len(low) == len(s) {
		_, _, rest, _ := tagOf(s[i:])
		return rest
	}
	return ""
}

// plainPage is the text of a page as it grows.
type plainPage struct {
	b     strings.Builder
	pre   bool
	blank int  // line feeds at the end
	space bool // a space is due before the next word
}

func (p *plainPage) tag(name string, closing bool) {
	switch {
	case name == "br":
		p.lines(1)
	case apart[name]:
		p.lines(2)
		if len(name) == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6' && !closing {
			p.put(strings.Repeat("#", int(name[1]-'0')) + " ")
		}
	case blocks[name]:
		p.lines(1)
		if name == "li" && !closing {
			p.put("- ")
		}
	case name == "td" || name == "th":
		p.space = p.b.Len() > 0
	}
	if name == "pre" {
		p.pre = !closing
	}
}

// lines ends what stands, with n line feeds at least.
func (p *plainPage) lines(n int) {
	p.space = false
	if p.b.Len() == 0 {
		return
	}
	for ; p.blank < n; p.blank++ {
		p.b.WriteByte('\n')
	}
}

func (p *plainPage) put(s string) {
	p.b.WriteString(s)
	p.blank = len(s) - len(strings.TrimRight(s, "\n"))
	p.space = false
}

func (p *plainPage) words(s string) {
	s = html.UnescapeString(s)
	if s == "" {
		return
	}
	if p.pre {
		p.put(s)
		return
	}
	words := strings.Fields(s)
	if len(words) == 0 {
		p.space = p.space || p.b.Len() > 0
		return
	}
	due := p.space || strings.TrimLeft(s, " \t\r\n") != s
	if due && p.blank == 0 && p.b.Len() > 0 && !strings.HasSuffix(p.b.String(), " ") {
		p.b.WriteByte(' ')
	}
	p.put(strings.Join(words, " "))
	p.space = strings.TrimRight(s, " \t\r\n") != s
}
