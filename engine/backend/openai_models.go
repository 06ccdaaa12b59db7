package backend

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"galley/session"
	"galley/session/text"
)

// gpt is what is known of one of OpenAI's own models by its name.
type gpt struct {
	reasons bool // it reasons before it answers: no samplers, no stop
	off     bool // and can be asked not to, and is then sampled like the others
}

// gptOf reads the name of a model. o1, o3, o4 and every GPT from 5 on reason, but
// for those that are named for chat. From 5.1 to 6.0 they can be asked not to; those
// called pro, codex and the like can't.
func gptOf(model string) gpt {
	name := strings.ToLower(model)
	name = strings.TrimPrefix(name, "ft:")
	name, _, _ = strings.Cut(name, ":") // of a model that was trained further
	if len(name) > 1 && name[0] == 'o' && name[1] >= '1' && name[1] <= '9' {
		return gpt{reasons: true}
	}
	rest, ok := strings.CutPrefix(name, "gpt-")
	if !ok {
		return gpt{}
	}
	number, tail, _ := strings.Cut(rest, "-")
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || v < 5 || strings.Contains(tail, "chat") {
		return gpt{}
	}
	special := strings.Contains(tail, "pro") || strings.Contains(tail, "codex")
	return gpt{reasons: true, off: v >= 5.1 && v <= 6 && !special}
}

// effort is the word for think that goes with a request to the model, "" none.
func (g gpt) effort(model, think string) (string, error) {
	who := text.Raw(model).String()
	switch {
	case think == "":
		return "", nil
	case !g.reasons && think == "off":
		return "", nil
	case !g.reasons:
		return "", fmt.Errorf("%s does not reason; set think to none in the variant", who)
	case think == "off" && !g.off:
		return "", fmt.Errorf("%s can't be asked not to reason; set think to low in the variant", who)
	case think == "off":
		return "none", nil
	case think == "on":
		return "medium", nil
	}
	return think, nil
}

// refuse says what of the request OpenAI's own models don't take, and what to do.
func (g gpt) refuse(r Request) error {
	p := r.Proof.Params
	who := text.Raw(r.Model).String()
	if err := foreignSampler(p, "OpenAI", "top_k", "min_p", "repeat_penalty"); err != nil {
		return err
	}
	if err := fixedContext(p, who); err != nil {
		return err
	}
	if !g.reasons {
		return nil
	}
	names := []string{"presence_penalty", "frequency_penalty", "stop"}
	if p.Think != "off" || !g.off {
		names = append([]string{"temperature", "top_p"}, names...)
	}
	if err := foreignSampler(p, who, names...); err != nil {
		if g.off && p.Think != "off" {
			return fmt.Errorf("%w, or think to off for temperature and top_p", err)
		}
		return err
	}
	return nil
}

// noPrefill refuses the beginning of an answer where it would be read as an
// answer that was already given, and says what to do instead.
func (o *openai) noPrefill(p session.Proof) error {
	const instead = "; switch the prefill block off, and ask for the format in the instructions"
	switch takes := o.config.Prefill; {
	case !p.Prefill || takes != nil && *takes:
		return nil
	case takes != nil:
		return errors.New("it takes no prefill, as the config says" + instead)
	case o.hosted:
		return errors.New("OpenAI's models take no prefill: they read it as an answer that was already given" + instead)
	}
	return nil
}
