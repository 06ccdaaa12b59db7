package backend

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"galley/session"
	"galley/session/text"
)

// geminiModel is what is known of one of Google's models by its name.
type geminiModel struct {
	version  float64 // 2.5; 99 of a name without a number, which stands for the newest
	pro      bool
	unruled  bool // it ignores temperature, top_p and top_k without a word
	thinking int
}

// How a model of Google's is asked to think.
const (
	geminiNever  = iota
	geminiBudget // for so many tokens
	geminiLevel  // with a level
)

var geminiName = regexp.MustCompile(`(?:^|/)gemini-(?:([0-9]+(?:\.[0-9]+)?)-)?(.*)$`)

func geminiOf(model string) geminiModel {
	m := geminiName.FindStringSubmatch(strings.ToLower(model))
	if m == nil {
		return geminiModel{version: 99} // Gemma, or one of the user's own
	}
	g := geminiModel{version: 99, pro: strings.HasPrefix(m[2], "pro")}
	if v, err := strconv.ParseFloat(m[1], 64); err == nil {
		g.version = v
	}
	g.unruled = g.version >= 3.6 || g.version >= 3.5 && strings.HasPrefix(m[2], "flash-lite")
	switch {
	case g.version >= 3:
		g.thinking = geminiLevel
	case g.version >= 2.5:
		g.thinking = geminiBudget
	}
	return g
}

// think puts how long the model is to think. What it thought is asked for with it.
func (g geminiModel) think(b *object, think string) {
	if think == "" || think == "off" && g.thinking == geminiNever {
		return
	}
	b.object("thinkingConfig", func(b *object) {
		if think == "off" {
			if g.thinking == geminiBudget {
				b.int("thinkingBudget", 0)
			} else {
				b.str("thinkingLevel", "minimal")
			}
			return
		}
		b.flag("includeThoughts", true)
		switch {
		case g.thinking == geminiLevel && think != "on":
			b.str("thinkingLevel", think)
		case g.thinking == geminiBudget:
			b.int("thinkingBudget", map[string]int64{"on": -1, "low": budgetLow, "medium": budgetMedium, "high": budgetHigh}[think])
		}
	})
}

// refuse says what of the request the model does not take, and what to do.
func (g geminiModel) refuse(r Request, takes *bool) error {
	p := r.Proof.Params
	who := text.Raw(r.Model).String()
	for _, why := range []error{
		foreignSampler(p, "Gemini", "min_p", "repeat_penalty"), fixedContext(p, who),
		grammarless(r.Proof.Beside, "Gemini"), g.refuseThinking(p, who), refuseLast(r.Proof, takes),
	} {
		if why != nil {
			return why
		}
	}
	if g.unruled {
		if err := foreignSampler(p, who, "temperature", "top_p", "top_k"); err != nil {
			return fmt.Errorf("%w: the model would ignore it", err)
		}
	}
	if s := samplerOf(p, r.Take).Seed; p.Seed != nil && (s < math.MinInt32 || s > math.MaxInt32) {
		return fmt.Errorf("seed %d can't be had: Gemini's seeds go from %d to %d; set another in the variant", s, math.MinInt32, math.MaxInt32)
	}
	if p.Temperature != nil && *p.Temperature > 2 {
		return errors.New("a temperature of Gemini's goes from 0 to 2; set temperature to 2 or less in the variant")
	}
	both := strings.TrimSpace(string(r.Proof.Beside.Schema)) != "" && strings.TrimSpace(string(r.Proof.Beside.Tools)) != ""
	if both && g.version < 3 {
		return fmt.Errorf("%s takes tools or a schema, not both; switch one of the blocks off", who)
	}
	return nil
}

func (g geminiModel) refuseThinking(p session.Params, who string) error {
	switch {
	case p.Think == "":
	case p.Think == "off" && g.pro && g.thinking != geminiNever:
		return fmt.Errorf("%s can't be asked not to think; set think to low in the variant", who)
	case p.Think != "off" && g.thinking == geminiNever:
		return fmt.Errorf("%s can't be asked to think; set think to none in the variant", who)
	}
	return nil
}

// refuseLast refuses a context that ends with the model's own words: whether they
// are gone on with is nowhere promised, and differs.
func refuseLast(p session.Proof, takes *bool) error {
	switch last := p.Messages[len(p.Messages)-1]; {
	case last.Role != session.RoleAssistant:
		return nil
	case !p.Prefill:
		return errors.New("the context ends with an answer that was already given; put the input after it, or make it a prefill block")
	case takes != nil && *takes:
		return nil
	case takes != nil:
		return errors.New("it takes no prefill, as the config says; switch the prefill block off, and hold the answer by a schema block or ask for the format in the instructions")
	}
	return errors.New("nothing is promised of a prefill by Gemini, which may begin anew; switch the prefill block off and hold the answer by a schema block, or set prefill = true in the config where it goes on with one")
}
