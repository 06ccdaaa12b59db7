package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

func internCommand(g *globals) *cobra.Command {
	var question int
	var s source
	var as string
	c := &cobra.Command{
		Use:   "intern VARIANT",
		Short: "Ask the intern test of a variant, or keep an answer with its revision",
		Long: `Would a student of the field succeed with this context and nothing else? Four
questions find out where a prompt lacks something. Without --question they are
printed with what was answered, of this revision and of those before; with it an
answer is kept with the revision, and an empty one takes it away.`,
		Args: wants(1, 1),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		v, err := d.variant(ctx, args[0], "")
		if err != nil {
			return err
		}
		if !c.Flags().Changed("question") {
			if s.file != "" {
				return usage("--file is an answer: say to which with --question 1 to %d", session.InternQuestions)
			}
			return d.printIntern(ctx, g, v)
		}
		if question < 1 || question > session.InternQuestions {
			return usage("--question counts from 1 to %d", session.InternQuestions)
		}
		who, err := whoJudges(as)
		if err != nil {
			return err
		}
		words, ok, err := g.given(s.file, s.exact, true)
		if err != nil {
			return err
		}
		if !ok {
			return usage("the answer wants a text: with --file FILE or on stdin")
		}
		if words.Blank() {
			words = ""
		}
		if err := d.store.PutIntern(ctx, session.InternAnswer{RevisionID: v.Revision.ID, Question: question, Text: words, By: who}); err != nil {
			return err
		}
		if g.json {
			return d.printIntern(ctx, g, v)
		}
		g.say("%s", text.Raw(v.Ref().String()))
		return nil
	})
	c.Flags().IntVar(&question, "question", 0, "the `NUMBER` of the question that is answered, 1 to 4")
	s.flags(c, "the answer")
	asFlag(c, &as)
	jsonFlag(c, g, "print a JSON object with the questions and all answers")
	return c
}

type internJSON struct {
	Variant   string               `json:"variant"`
	Questions []internQuestionJSON `json:"questions"`
}

type internQuestionJSON struct {
	Number   int                `json:"number"`
	Question string             `json:"question"`
	Next     string             `json:"next"` // what an answer leads to
	Answer   *internAnswerJSON  `json:"answer"`
	Before   []internAnswerJSON `json:"before"` // of other revisions, the newest first
}

type internAnswerJSON struct {
	Revision  int      `json:"revision"`
	Text      text.Raw `json:"text"`
	By        text.Raw `json:"by"`
	UpdatedMS int64    `json:"updated_ms"`
}

// internNext is what an answer to each question leads to, as a command.
func internNext(v session.VariantInfo) [session.InternQuestions]string {
	p := text.Raw(v.Prompt).String()
	return [session.InternQuestions]string{
		"split the prompt: galley copy prompt " + p + " NAME",
		"add a resource: galley new block " + p + "/" + v.Name.String() + " resources",
		"template a part: galley list blocks --prompt " + p + ", then galley edit block",
		"read the failures: galley read --prompt " + p,
	}
}

func (d *desk) printIntern(ctx context.Context, g *globals, v session.VariantInfo) error {
	notes, err := d.internNotes(ctx, v.ID)
	if err != nil {
		return err
	}
	j := internJSON{Variant: v.Ref().String()}
	next := internNext(v)
	for i, words := range session.InternTest() {
		q := internQuestionJSON{Number: i + 1, Question: words, Next: next[i], Before: []internAnswerJSON{}}
		for _, n := range notes {
			if n.Question != i+1 {
				continue
			}
			a := internAnswerJSON{n.Revision, n.Text, n.By, n.UpdatedMS}
			if n.RevisionID == v.Revision.ID {
				q.Answer = &a
			} else {
				q.Before = append(q.Before, a)
			}
		}
		j.Questions = append(j.Questions, q)
	}
	if g.json {
		return g.printJSON(j)
	}
	for _, q := range j.Questions {
		g.say("%s", g.paint(styleHead, fmt.Sprintf("%d  %s", q.Number, q.Question)))
		if q.Answer == nil && len(q.Before) == 0 {
			g.say("%s", g.paint(styleDim, "not answered"))
		}
		if q.Answer != nil {
			g.internAnswer(*q.Answer)
		}
		for _, a := range q.Before {
			g.internAnswer(a)
		}
		g.say("%s\n", g.paint(styleDim, q.Next))
	}
	return nil
}

func (g *globals) internAnswer(a internAnswerJSON) {
	g.text(a.Text)
	g.say("%s", g.paint(styleDim, fmt.Sprintf("asked of @%d, %s, %s", a.Revision, kit.When(a.UpdatedMS, time.Now()), text.Show(a.By).OneLine())))
}
