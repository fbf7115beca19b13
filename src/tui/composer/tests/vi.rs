//! The keys of vi.
use ratatui::{buffer::Buffer, layout::Rect, style::Modifier};

use super::{Desk, check};
use crate::tui::{
    action::Action,
    composer::{EditingMode, Reply, ViMode},
    theme::Theme,
};

/// A command of vi's changes the text, so what was brought back is not where it was.
#[test]
fn what_vi_has_undone_is_not_replaced_by_an_older_cut() {
    check(EditingMode::Vi, &[("aa<alt-backspace><esc><ctrl-y>u<alt-y>", "|")]);
}

#[test]
fn vi_moves() {
    check(
        EditingMode::Vi,
        &[
            ("one two<esc>", "one tw|o"),
            ("one two<esc>b", "one |two"),
            ("one two<esc>0w", "one |two"),
            ("one two<esc>0e", "on|e two"),
            ("one.two three<esc>0w", "one|.two three"),
            ("one.two three<esc>0W", "one.two |three"),
            ("one.two three<esc>0E", "one.tw|o three"),
            ("a b c d e<esc>03w", "a b c |d e"),
            ("a b c d e<esc>2b", "a b |c d e"),
            ("  abc<esc>^", "  |abc"),
            ("a\nb\nc<esc>gg", "|a\nb\nc"),
            ("a\nb\nc<esc>ggG", "a\nb\n|c"),
            ("a\nb\nc<esc>2G", "a\n|b\nc"),
            ("abcabc<esc>0fc", "ab|cabc"),
            ("abcabc<esc>0tc", "a|bcabc"),
            ("abcabc<esc>0fc;", "abcab|c"),
            ("abcabc<esc>0tc;", "abca|bc"),
            ("abcabc<esc>Fa", "abc|abc"),
            ("abcabc<esc>Ta", "abca|bc"),
            ("abcabc<esc>0fc;,", "ab|cabc"),
            ("f(a, (b))<esc>0%", "f(a, (b)|)"),
            ("f(a, (b))<esc>%", "f|(a, (b))"),
            ("abc<esc>hhhhh", "|abc"),
            ("abc<esc>0lllll", "ab|c"),
            ("ab\ncd<esc>k", "a|b\ncd"),
            ("ab\ncd<esc>k$", "a|b\ncd"),
            ("ab\nabcd<esc>k", "a|b\nabcd"),
            ("abcd\nab\nabcd<esc>kk", "abc|d\nab\nabcd"),
            ("abc<esc>I-", "-|abc"),
            ("abc<esc>0a-", "a-|bc"),
            ("abc<esc>0A-", "abc-|"),
            ("abc<esc>o-", "abc\n-|"),
            ("abc<esc>O-", "-|\nabc"),
        ],
    );
}

#[test]
fn vi_changes() {
    check(
        EditingMode::Vi,
        &[
            ("one two three<esc>0dw", "|two three"),
            ("one two three<esc>02dw", "|three"),
            ("one two three<esc>0d2w", "|three"),
            ("one two<esc>bdw", "one| "),
            ("one\ntwo<esc>ggdw", "|\ntwo"),
            ("one two<esc>0cwx", "x| two"),
            ("one two three<esc>0c2wx", "x| three"),
            ("one two<esc>0de", "| two"),
            ("one two<esc>db", "one |o"),
            ("one two<esc>0D", "|"),
            ("one two<esc>0wC-", "one -|"),
            ("one two<esc>0d$", "|"),
            ("abcd<esc>0dtc", "|cd"),
            ("abcd<esc>0dfc", "|d"),
            ("abcd<esc>0x", "|bcd"),
            ("abcd<esc>02x", "|cd"),
            ("abcd<esc>X", "ab|d"),
            ("abcd<esc>0sx", "x|bcd"),
            ("abcd<esc>0rx", "|xbcd"),
            ("abcd<esc>03rx", "xx|xd"),
            ("abcd<esc>09rx", "|abcd"),
            ("aBc<esc>02~", "Ab|c"),
            ("a\nb\nc<esc>ggdd", "|b\nc"),
            ("a\nb\nc<esc>dd", "a\n|b"),
            ("a\nb\nc<esc>gg2dd", "|c"),
            ("a\nb\nc<esc>ggdj", "|c"),
            ("a\nb<esc>ggddp", "b\n|a"),
            ("a\nb<esc>ggyyP", "|a\na\nb"),
            ("a\nb<esc>ggYp", "a\n|a\nb"),
            ("a\nb<esc>ggccx", "x|\nb"),
            ("one two<esc>0dwp", "tone| wo"),
            ("one two<esc>0ywP", "one| one two"),
            ("ab<esc>0ylp", "a|ab"),
            ("ab<esc>0yl3p", "aaa|ab"),
            ("a\n  b<esc>ggJ", "a| b"),
            ("a\nb\nc<esc>gg3J", "a b| c"),
        ],
    );
}

#[test]
fn vi_objects_repeats_and_undo() {
    check(
        EditingMode::Vi,
        &[
            ("one two three<esc>bhbdiw", "one | three"),
            ("one two three<esc>bhbdaw", "one |three"),
            ("one two<esc>daw", "on|e"),
            ("a.b c<esc>0diW", "| c"),
            ("say \"a b\" now<esc>0ci\"x", "say \"x|\" now"),
            ("say \"a b\" now<esc>0da\"", "say |now"),
            ("f(a, (b))<esc>0fadi(", "f(|)"),
            ("f(a, (b))<esc>0fbda(", "f(a, |)"),
            ("x[1]<esc>ci]2", "x[2|]"),
            ("{ a }<esc>diB", "{|}"),
            ("a\nb\n\nc<esc>ggdap", "|c"),
            ("one two three<esc>0dw.", "|three"),
            ("one two<esc>0cwx<esc>w.", "x |x"),
            ("a b<esc>0ix<esc>.", "|xxa b"),
            ("one two<esc>u", "|"),
            ("one <esc>atwo<esc>u", "one| "),
            ("one two<esc>0dwu", "|one two"),
            ("one two<esc>0dwu<ctrl-r>", "|two"),
            ("one<esc>3dZx", "o|n"),
            ("one<esc>d<esc>x", "o|n"),
        ],
    );
}

#[test]
fn vi_hands_on_what_is_not_its_own() {
    let mut desk = Desk::new(EditingMode::Vi);
    assert_eq!(desk.run("a<esc>"), Reply::Used);
    assert_eq!(desk.run("<esc>"), Reply::Ask(Action::Cancel));
    assert_eq!(desk.run("d<esc>"), Reply::Used);
    assert_eq!(desk.run("/"), Reply::Ask(Action::SearchHistory));
    assert!(matches!(desk.run("<enter>"), Reply::Submit(_)));
    assert_eq!(desk.composer.vi_mode(), Some(ViMode::Insert));
}

#[test]
fn vi_selects_characters() {
    check(
        EditingMode::Vi,
        &[
            ("one two three<esc>0vd", "|ne two three"),
            ("one two three<esc>0ved", "| two three"),
            ("one two three<esc>0vwd", "|wo three"),
            ("one two three<esc>03vd", "|ne two three"),
            ("one two three<esc>0v2wd", "|hree"),
            ("one two three<esc>0v$d", "|"),
            ("one two three<esc>vbd", "one two| "),
            ("one two three<esc>0vtwd", "|wo three"),
            ("one two three<esc>0wvecx", "one x| three"),
            ("one two three<esc>0wvesx<esc>", "one |x three"),
            ("one two three<esc>0wviwd", "one | three"),
            ("one two three<esc>0wvawd", "one |three"),
            ("say \"a b\" now<esc>0fava\"d", "say |now"),
            ("f(a, b)<esc>0favi(cx", "f(x|)"),
            ("f()<esc>0lvi(d", "f|)"),
            ("one two three<esc>0vwiwd", "| three"),
            ("one two three<esc>0velohd", "|two three"),
            ("one two<esc>0veU", "|ONE two"),
            ("ONE two<esc>0vlu", "|onE two"),
            ("oNe<esc>0v$~", "|OnE"),
            ("one\ntwo<esc>ggvj$rx", "|xxx\nxxx"),
            ("one\ntwo\nthree<esc>ggvjjJ", "one two| three"),
        ],
    );
}

#[test]
fn vi_puts_over_what_is_selected() {
    check(
        EditingMode::Vi,
        &[
            ("one two<esc>0vey$p", "one twoon|e"),
            ("one two<esc>0veywvep", "one on|e"),
            ("one two<esc>0veywvep0P", "tw|oone one"),
            ("one two<esc>0veywveP0P", "on|eone one"),
            ("a\nb<esc>ggyyjVp", "a\n|a"),
            ("a\nxyz<esc>ggyyjlvp", "a\nx\n|a\nz"),
            ("ab\nc<esc>gg0vyjVp", "ab\n|a"),
            ("one<esc>vp", "on|e"),
        ],
    );
}

#[test]
fn vi_selects_lines() {
    check(
        EditingMode::Vi,
        &[
            ("a\nb\nc<esc>ggVd", "|b\nc"),
            ("a\nb\nc<esc>ggVjd", "|c"),
            ("a\nb\nc<esc>ggvjD", "|c"),
            ("a\nb\nc<esc>ggjVcx", "a\nx|\nc"),
            ("a\nb\nc<esc>ggVyjp", "a\nb\n|a\nc"),
            ("a\n\nb<esc>ggVG>", "    |a\n\n    b"),
            ("a\nb<esc>gg>>", "    |a\nb"),
            ("a\nb<esc>ggV2>", "        |a\nb"),
            ("      a\n\tb<esc>ggVj<<", "  |a\nb"),
            ("a b\nc<esc>gg0lVvd", "a|b\nc"),
        ],
    );
}

#[test]
fn vi_selections_come_and_go() {
    let mut desk = Desk::new(EditingMode::Vi);
    let mode = |desk: &Desk| desk.composer.vi_mode();
    desk.run("one\ntwo<esc>v");
    assert_eq!(mode(&desk), Some(ViMode::Visual));
    desk.run("V");
    assert_eq!(mode(&desk), Some(ViMode::VisualLine));
    desk.run("V");
    assert_eq!(mode(&desk), Some(ViMode::Normal));
    assert_eq!(desk.run("v<esc>"), Reply::Used);
    assert_eq!(mode(&desk), Some(ViMode::Normal));
    // The first row leads to no prompt from before while something is selected.
    desk.composer.load_history(["before".to_owned()]);
    desk.run("vkkk");
    assert_eq!(desk.shown(), "on|e\ntwo");
    // Another text has nothing selected.
    desk.run("<alt-p>");
    assert_eq!((desk.composer.text(), mode(&desk)), ("before", Some(ViMode::Normal)));
    desk.run("v");
    assert!(matches!(desk.run("<enter>"), Reply::Submit(_)));
    assert_eq!(mode(&desk), Some(ViMode::Insert));
}

#[test]
fn vi_repeats_and_undoes_what_was_done_with_a_selection() {
    check(
        EditingMode::Vi,
        &[
            ("abcdef<esc>0vld.", "|ef"),
            ("one two<esc>0vecx<esc>w.", "x |x"),
            ("a b<esc>0vd<esc>.", "|b"),
            ("one two<esc>0veUu", "|one two"),
            ("one two<esc>0vy$.", "one tw|o"),
            ("one two three<esc>0gUiw", "|ONE two three"),
            ("one two<esc>gUU", "|ONE TWO"),
            ("ONE two<esc>0guww.", "one |two"),
            ("one\ntwo<esc>g~~", "one\n|TWO"),
            ("a\nb\n\nc\nd<esc>gg}", "a\nb\n|\nc\nd"),
            ("a\nb\n\nc\nd<esc>{", "a\nb\n|\nc\nd"),
            ("a\n\nb<esc>ggd}", "|\nb"),
            ("a<esc>}", "|a"),
        ],
    );
}

#[test]
fn what_vi_has_selected_is_seen() {
    let mut desk = Desk::new(EditingMode::Vi);
    desk.run("ab\n\ncd<esc>gglvjj");
    let mut cells = Buffer::empty(Rect::new(0, 0, 8, 3));
    desk.composer.view(cells.area, &mut cells, &Theme::plain(), "");
    let is_selected = |x: u16, y: u16| cells[(x, y)].modifier.contains(Modifier::REVERSED);
    let rows = (0..3).map(|y| (0..8).filter(|x| is_selected(*x, y)).collect());
    assert_eq!(rows.collect::<Vec<Vec<u16>>>(), [vec![3, 4], vec![2], vec![2, 3]]);
}
