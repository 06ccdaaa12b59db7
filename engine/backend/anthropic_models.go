package backend

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"galley/session"
	"galley/session/text"
)

// claude is what is known of one of Anthropic's models by its name.
type claude struct {
	known    bool // the name is one of Anthropic's
	family   string
	version  int // major × 100 + minor: 406 is 4.6
	sampling int
	thinking int
	always   bool // and it can't be asked not to
	between  bool // not to think is called so: between tools only
	schema   bool
	prefill  bool
	most     int // tokens of an answer
}

// How a model is sampled.
const (
	sampleBoth = iota // temperature and top_p
	sampleOne         // one of them
	sampleNone
)

// How a model is asked to think.
const (
	thinkUnknown = iota // it is somebody else's
	thinkNever
	thinkBudget   // for so many tokens
	thinkAdaptive // as long as it takes, with an effort
)

var (
	claudeAny = regexp.MustCompile(`(?:^|[^a-z])claude-([a-z]+)`) // a proxy may put its own words before it
	claudeOld = regexp.MustCompile(`(?:^|[^a-z])claude-([0-9])(?:-([0-9]{1,2}))?-(opus|sonnet|haiku)(?:[^a-z]|$)`)
	claudeNew = regexp.MustCompile(`(?:^|[^a-z])claude-([a-z]+)-([0-9]{1,2})(?:[-.]([0-9]{1,2}))?(?:[^0-9.]|$)`)
)

// claudeOf reads the name of a model. A name of Anthropic's that has no number is
// taken for one of the newest; any other name is a model of somebody else who
// speaks the same protocol, and is asked as the first ones were.
func claudeOf(model string) claude {
	c := claude{prefill: true, most: 4096}
	name := strings.ToLower(model)
	number := func(major, minor string) int {
		a, _ := strconv.Atoi(major) // digits, by the pattern
		b, _ := strconv.Atoi(minor)
		return 100*a + b
	}
	if m := claudeOld.FindStringSubmatch(name); m != nil {
		c.known, c.family, c.version = true, m[3], number(m[1], m[2])
	} else if m := claudeNew.FindStringSubmatch(name); m != nil {
		c.known, c.family, c.version = true, m[1], number(m[2], m[3])
	} else if m := claudeAny.FindStringSubmatch(name); m != nil {
		c.known, c.family, c.version = true, m[1], 9900
	}
	if !c.known {
		return c
	}
	c.prefill = c.version < 406
	c.schema = c.version >= 405
	switch {
	case c.version >= 407:
		c.sampling = sampleNone
	case c.version >= 405, c.version == 401:
		c.sampling = sampleOne
	}
	switch {
	case c.version >= 406:
		c.thinking = thinkAdaptive
	case c.version >= 307:
		c.thinking = thinkBudget
	default:
		c.thinking = thinkNever
	}
	named := c.family != "opus" && c.family != "sonnet" && c.family != "haiku"
	c.always = c.version >= 406 && named || c.family == "opus" && c.version >= 505
	c.between = c.family == "sonnet" && c.version >= 505
	c.most = c.longest()
	return c
}

// longest is how many tokens an answer of the model may have.
func (c claude) longest() int {
	switch {
	case c.version >= 500, c.family == "opus" && c.version >= 406:
		return 128_000
	case c.family == "opus" && c.version >= 400 && c.version < 405:
		return 32_000
	case c.version >= 307:
		return 64_000
	case c.version >= 305:
		return 8192
	}
	return 4096
}

// Tokens that a model may think for where it wants a number.
const (
	budgetLow    = 1024 // the least that is taken
	budgetMedium = 4096
	budgetHigh   = 16_384
)

// budget is the number of tokens to think for, 0 none.
func (c claude) budget(think string) int {
	if c.thinking != thinkBudget {
		return 0
	}
	switch think {
	case "low":
		return budgetLow
	case "on", "medium":
		return budgetMedium
	case "high":
		return budgetHigh
	}
	return 0
}

// refuse says what of the request the model does not take, and what to do.
func (c claude) refuse(r Request, takes *bool) error {
	p := r.Proof.Params
	who := text.Raw(r.Model).String()
	for _, why := range []error{
		foreignSampler(p, "Anthropic", "min_p", "repeat_penalty", "presence_penalty", "frequency_penalty"),
		fixedContext(p, who), grammarless(r.Proof.Beside, "Anthropic"),
		c.refuseSampling(p, who), c.refuseThinking(p, who), c.refusePrefill(r, who, takes),
	} {
		if why != nil {
			return why
		}
	}
	if c.known && !c.schema && strings.TrimSpace(string(r.Proof.Beside.Schema)) != "" {
		return fmt.Errorf("%s can't be held to a schema; switch the schema block off and ask for the format in the instructions, or take Claude 4.5 or later", who)
	}
	return nil
}

func (c claude) refuseSampling(p session.Params, who string) error {
	if p.Temperature != nil && *p.Temperature > 1 {
		return errors.New("a temperature of Anthropic's goes from 0 to 1; set temperature to 1 or less in the variant")
	}
	switch c.sampling {
	case sampleNone:
		return foreignSampler(p, who, "temperature", "top_p", "top_k")
	case sampleOne:
		if p.Temperature != nil && *p.Temperature != neutral.Temperature && p.TopP != nil && *p.TopP != neutral.TopP {
			return fmt.Errorf("%s takes temperature or top_p, not both; set one of them to none in the variant", who)
		}
	}
	return nil
}

func (c claude) refuseThinking(p session.Params, who string) error {
	switch {
	case p.Think == "" || p.Think == "off" && !c.always:
		return nil
	case p.Think == "off":
		return fmt.Errorf("%s can't be asked not to think; set think to low in the variant", who)
	case c.thinking == thinkNever && c.known:
		return fmt.Errorf("%s can't think before it answers; set think to none in the variant", who)
	}
	if c.thinking == thinkUnknown {
		return nil
	}
	if n := c.budget(p.Think); p.MaxTokens > 0 && p.MaxTokens <= n {
		return fmt.Errorf("max_tokens counts the %d tokens of thinking that think=%s gives %s; set max_tokens above them", n, p.Think, who)
	}
	if err := foreignSampler(p, who+", while it thinks,", "temperature", "top_k"); err != nil {
		return err
	}
	if p.TopP != nil && *p.TopP < 0.95 {
		return fmt.Errorf("%s, while it thinks, takes no top_p below 0.95; set top_p to none in the variant", who)
	}
	return nil
}

// refusePrefill knows what becomes of the beginning of an answer: until Claude 4.5
// it was gone on with, since then it is an error.
func (c claude) refusePrefill(r Request, who string, takes *bool) error {
	msgs := r.Proof.Messages
	last := msgs[len(msgs)-1]
	if last.Role != session.RoleAssistant {
		return nil
	}
	const instead = "; switch the prefill block off, and hold the answer by a schema block or ask for the format in the instructions"
	switch trimmed := strings.TrimRight(string(last.Content), " \t\r\n"); {
	case !r.Proof.Prefill:
		return errors.New("the context ends with an answer that was already given; put the input after it, or make it a prefill block")
	case takes != nil && !*takes:
		return errors.New("it takes no prefill, as the config says" + instead)
	case takes == nil && !c.prefill:
		return fmt.Errorf("%s takes no prefill: Anthropic's models since Claude 4.6 refuse it%s", who, instead)
	case trimmed != string(last.Content):
		return errors.New("a prefill that ends in white space is refused by Anthropic; take the space at its end out of the prefill block")
	case c.budget(r.Proof.Params.Think) > 0:
		return fmt.Errorf("%s goes on with no prefill while it thinks; set think to none, or switch the prefill block off", who)
	case c.known && strings.TrimSpace(string(r.Proof.Beside.Schema)) != "":
		return fmt.Errorf("%s takes a prefill or a schema, not both; switch one of the blocks off", who)
	}
	return nil
}
