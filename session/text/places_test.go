package text_test

import (
	"fmt"
	"testing"

	"galley/session/text"
)

func TestWordPlaces(t *testing.T) {
	const s = "Parcel's PARCELS, the parcel; Käse\x00parcel\n猫 parcel"
	got := ""
	for _, p := range text.WordPlaces(s, []text.Raw{"parcel", "käse", "猫"}) {
		got += fmt.Sprintf("[%s]", s[p[0]:p[1]])
	}
	if want := "[parcel][Käse][parcel][猫][parcel]"; got != want {
		t.Errorf("got %s", got)
	}
	if len(text.WordPlaces(s, nil)) != 0 {
		t.Error("no words have places")
	}
}
