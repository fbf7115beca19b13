//! The same questions where nothing can be drawn: as lines, answered by a line that is typed.
use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsFd,
};

use rustix::io::Errno;

use super::{Early, Ended};
use crate::{
    redact::visible,
    tui::{
        plain::Lines,
        signals::{Heard, Killed, Signals},
    },
};

/// A page as it is read out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    pub lines: Vec<String>,
    /// Stands before the answer, and names those that there are.
    pub question: String,
}

/// Standard input and output, where somebody types.
pub struct Typist {
    lines: Lines,
    out: File,
}

impl Typist {
    /// None where lines come from somewhere else, which are no answers to what nobody knew would be asked.
    ///
    /// # Errors
    /// When standard output can't be used.
    pub fn find() -> io::Result<Option<Self>> {
        let lines = Lines::open();
        let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Ok(lines.are_typed().then_some(Self { lines, out }))
    }

    fn say(&mut self, text: &str, end: &str) -> io::Result<()> {
        self.out.write_all(format!("{}{end}", visible(text)).as_bytes())
    }
}

/// Asks until there is an answer.
///
/// # Errors
/// When standard input can't be read or standard output can't be written.
pub async fn ask_by_line<P: Early>(
    page: &mut P,
    typist: &mut Typist,
) -> io::Result<Ended<P::Answer>> {
    match attend(page, typist).await {
        Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::IO | Errno::PIPE)) => {
            Ok(Ended::Killed(Killed::HangUp))
        }
        ended => ended,
    }
}

async fn attend<P: Early>(page: &mut P, typist: &mut Typist) -> io::Result<Ended<P::Answer>> {
    let mut signals = Signals::listen()?;
    let Spoken { lines, question } = page.spoken();
    for line in &lines {
        typist.say(line, "\n")?;
    }
    // What was typed for the shell answers nothing.
    typist.lines.forget_typed();
    typist.say(&question, "")?;
    loop {
        let line = tokio::select! {
            biased;
            heard = signals.next() => match heard {
                Heard::Kill(Killed::Interrupt) => {
                    typist.say("", "\n")?;
                    return Ok(Ended::Left);
                }
                Heard::Kill(signal) => return Ok(Ended::Killed(signal)),
                Heard::Continue => continue,
            },
            line = typist.lines.next() => line?,
        };
        let Some(line) = line else {
            typist.say("", "\n")?;
            return Ok(Ended::Left);
        };
        if let Some(answer) = page.hear(line.trim()) {
            return Ok(Ended::Answered(answer));
        }
        typist.say("That is no answer, so nothing is done yet.", "\n")?;
        typist.say(&question, "")?;
    }
}
