//! What a terminal does to rows that are wider than it has become, by what is known of it.
use super::emulator::{Emulator, Variable};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Narrowing {
    /// What has no room is gone. Also where nobody knows: then nothing that was printed is ever written over.
    #[default]
    Cuts,
    /// A row goes on in the next, and what is below moves down.
    Wraps,
}

impl Narrowing {
    pub fn pick<'a>(variable: &'a Variable<'a>) -> Self {
        let emulator = Emulator::of(variable);
        // Whoever stands between decides.
        if emulator.has("STY") {
            return Self::Cuts;
        }
        if emulator.has("TMUX") {
            return Self::Wraps;
        }
        if emulator.is_term(&["kitty", "ghostty", "foot", "alacritty", "wezterm"])
            || emulator.is_program(&["iTerm.app", "WezTerm", "ghostty", "vscode", "Apple_Terminal"])
        {
            return Self::Wraps;
        }
        let wraps = ["VTE_VERSION", "WT_SESSION", "KONSOLE_VERSION", "ALACRITTY_WINDOW_ID"];
        let is_other = emulator.has("XTERM_VERSION") || emulator.is_term(&["linux", "rxvt"]);
        let does_wrap = !is_other && wraps.into_iter().any(|name| emulator.has(name));
        if does_wrap { Self::Wraps } else { Self::Cuts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_known_by_their_variables() {
        let term = ("TERM", "xterm-256color");
        for (variables, wanted) in [
            (vec![term], Narrowing::Cuts),
            (vec![term, ("TMUX", "x")], Narrowing::Wraps),
            (vec![term, ("TMUX", "x"), ("XTERM_VERSION", "x")], Narrowing::Wraps),
            (vec![("TERM", "screen"), ("STY", "x"), ("VTE_VERSION", "7600")], Narrowing::Cuts),
            (vec![("TERM", "xterm-kitty")], Narrowing::Wraps),
            (vec![term, ("VTE_VERSION", "7600")], Narrowing::Wraps),
            (vec![term, ("VTE_VERSION", "7600"), ("XTERM_VERSION", "x")], Narrowing::Cuts),
            (vec![term, ("TERM_PROGRAM", "Apple_Terminal")], Narrowing::Wraps),
            (vec![("TERM", "linux")], Narrowing::Cuts),
        ] {
            let variable = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
            };
            assert_eq!(Narrowing::pick(&variable), wanted, "{variables:?}");
        }
    }
}
