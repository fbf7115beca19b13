//! From the parsed command line to the one thing to do.
use super::{
    CommandError,
    args::{
        Arguments, CodexOptions, ExecArguments, ExecVerb, HeadlessOptions, Options, PromptSource,
        ResumeArguments, ScreenOptions, SessionChoice, VerbArguments,
    },
    completions::CompletionsArguments,
    config::ConfigArguments,
    cost::CostArguments,
    doctor::DoctorArguments,
    fork::ForkArguments,
    list_models::ModelsArguments,
    login::{LoginArguments, LogoutArguments},
    map::MapArguments,
    outline::OutlineArguments,
    policy::PolicyArguments,
    review::{ApplyArguments, DecideArguments, ReviewArguments},
    sessions::SessionsArguments,
    symbols::SymbolsArguments,
    undo::{RedoArguments, UndoArguments},
    worktree::WorktreeArguments,
};
use crate::protocol::Mode;

/// What to do. Everything that runs a turn without a screen is one variant, however it was written.
#[derive(Debug)]
pub(super) enum Verb {
    Headless(Box<HeadlessOptions>),
    Screen(Box<ScreenOptions>),
    Fork(ForkArguments),
    Sessions(SessionsArguments),
    Diff(ReviewArguments),
    Apply(ApplyArguments),
    Reject(DecideArguments),
    Undo(UndoArguments),
    Redo(RedoArguments),
    Policy(PolicyArguments),
    Map(MapArguments),
    Outline(OutlineArguments),
    Symbols(SymbolsArguments),
    Models(ModelsArguments),
    Login(LoginArguments),
    Logout(LogoutArguments),
    Doctor(DoctorArguments),
    Cost(CostArguments),
    Config(ConfigArguments),
    Demo,
    Worktree(WorktreeArguments),
    Completions(CompletionsArguments),
    Man,
}

impl Arguments {
    /// Chooses what to do; the options are given back for the verbs that take them as they are.
    pub(super) fn into_verb(self) -> Result<(Verb, Options), CommandError> {
        let Self { options, prompt, resume, words, verb } = self;
        let verb = match (verb, prompt) {
            (Some(_), Some(_)) => {
                return Err(CommandError::usage("-p runs a turn and goes with no verb"));
            }
            (Some(verb), None) => from_arguments(verb, &options)?,
            (None, Some(prompt)) => {
                let prompt = match (prompt, words) {
                    (Some(_), Some(second)) => {
                        let sentence = format!("there are two prompts; the second is `{second}`");
                        return Err(CommandError::usage(sentence)
                            .with_hint("quote the prompt so that it is one argument"));
                    }
                    (prompt, words) => prompt_source(prompt.or(words))?,
                };
                Verb::Headless(Box::new(options.clone().headless(prompt, resume)))
            }
            (None, None) => on_screen(words, &options)?,
        };
        Ok((verb, options))
    }
}

fn from_arguments(verb: VerbArguments, options: &Options) -> Result<Verb, CommandError> {
    Ok(match verb {
        VerbArguments::Exec(exec) => Verb::Headless(Box::new(from_exec(exec, options.clone())?)),
        VerbArguments::Resume(resume) => {
            let (session, prompt) = session_and_prompt(resume)?;
            match prompt {
                None => Verb::Screen(Box::new(ScreenOptions {
                    prompt: None,
                    run: options.clone().run(Some(session)),
                })),
                Some(prompt) => {
                    let prompt = prompt_source(Some(prompt))?;
                    Verb::Headless(Box::new(options.clone().headless(prompt, Some(session))))
                }
            }
        }
        VerbArguments::Fork(arguments) => Verb::Fork(arguments),
        VerbArguments::Sessions(arguments) => Verb::Sessions(arguments),
        VerbArguments::Diff(arguments) => Verb::Diff(arguments),
        VerbArguments::Apply(arguments) => Verb::Apply(arguments),
        VerbArguments::Reject(arguments) => Verb::Reject(arguments),
        VerbArguments::Undo(arguments) => Verb::Undo(arguments),
        VerbArguments::Redo(arguments) => Verb::Redo(arguments),
        VerbArguments::Policy(arguments) => Verb::Policy(arguments),
        VerbArguments::Map(arguments) => Verb::Map(arguments),
        VerbArguments::Outline(arguments) => Verb::Outline(arguments),
        VerbArguments::Symbols(arguments) => Verb::Symbols(arguments),
        VerbArguments::Models(arguments) => Verb::Models(arguments),
        VerbArguments::Login(arguments) => Verb::Login(arguments),
        VerbArguments::Logout(arguments) => Verb::Logout(arguments),
        VerbArguments::Doctor(arguments) => Verb::Doctor(arguments),
        VerbArguments::Cost(arguments) => Verb::Cost(arguments),
        VerbArguments::Config(arguments) => Verb::Config(arguments),
        VerbArguments::Demo => Verb::Demo,
        VerbArguments::Worktree(arguments) => Verb::Worktree(arguments),
        VerbArguments::Completions(arguments) => Verb::Completions(arguments),
        VerbArguments::Man => Verb::Man,
    })
}

fn from_exec(exec: ExecArguments, mut options: Options) -> Result<HeadlessOptions, CommandError> {
    // Nothing here needs a git repository, so there is no check to skip.
    let CodexOptions { full_auto, skip_git_repo_check: _ } = exec.codex;
    if full_auto {
        options.mode = Some(Mode::Auto);
    }
    match exec.verb {
        None => Ok(options.headless(prompt_source(exec.prompt)?, None)),
        Some(ExecVerb::Resume(resume)) => {
            let (session, prompt) = session_and_prompt(resume)?;
            Ok(options.headless(prompt_source(prompt)?, Some(session)))
        }
    }
}

/// With `--last` the only argument is the prompt.
fn session_and_prompt(
    resume: ResumeArguments,
) -> Result<(SessionChoice, Option<String>), CommandError> {
    match resume {
        ResumeArguments { last: true, session, prompt: None } => Ok((SessionChoice::Last, session)),
        ResumeArguments { last: true, .. } => {
            Err(CommandError::usage("--last takes no ID: it is the last session of this directory"))
        }
        ResumeArguments { session: Some(id), prompt, .. } => Ok((SessionChoice::Id(id), prompt)),
        ResumeArguments { session: None, .. } => {
            Err(CommandError::usage("no session is named: give its ID, or --last")
                .with_hint("`bowline sessions list` shows them"))
        }
    }
}

fn prompt_source(text: Option<String>) -> Result<PromptSource, CommandError> {
    match text {
        None => Ok(PromptSource::Stdin),
        Some(text) if text == "-" => Ok(PromptSource::Stdin),
        Some(text) if text.trim().is_empty() => Err(CommandError::usage("the prompt is empty")),
        Some(text) => Ok(PromptSource::Argument(text)),
    }
}

/// The terminal's face, unless the prompt is a verb that was mistyped.
fn on_screen(words: Option<String>, options: &Options) -> Result<Verb, CommandError> {
    let is_word = |words: &&str| !words.contains(char::is_whitespace);
    let word = words.as_deref().filter(is_word);
    if let Some((word, verb)) = word.and_then(|word| Some((word, nearest_verb(word)?))) {
        return Err(CommandError::usage(format!("there is no verb `{word}`"))
            .with_hint(format!("did you mean `bowline {verb}`?")));
    }
    if words.as_deref().is_some_and(|words| words.trim().is_empty()) {
        return Err(CommandError::usage("the prompt is empty"));
    }
    let run = options.clone().run(None);
    Ok(Verb::Screen(Box::new(ScreenOptions { prompt: words, run })))
}

/// The verb that a single word may be a slip of the hand for.
fn nearest_verb(words: &str) -> Option<String> {
    // Short words are near each other without being meant: `begin` is no `login`.
    let most = if words.chars().count() < 6 { 1 } else { 2 };
    if words == "help" {
        return Some("--help".to_owned());
    }
    let command = <Arguments as clap::CommandFactory>::command();
    let names = command.get_subcommands().map(|verb| verb.get_name().to_owned());
    let near = names.map(|name| (strsim::damerau_levenshtein(&name, words), name));
    near.min().filter(|(slips, _)| *slips <= most).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::config::SandboxLevel;

    #[track_caller]
    fn parse(line: &[&str]) -> Result<Verb, String> {
        let line = ["bowline"].iter().chain(line);
        let arguments = Arguments::try_parse_from(line).map_err(|error| error.to_string())?;
        match arguments.into_verb() {
            Ok((verb, _)) => Ok(verb),
            Err(CommandError::Told { sentence, .. }) => Err(sentence),
            Err(CommandError::ReaderGone) => Err(String::new()),
        }
    }

    #[track_caller]
    fn headless(line: &[&str]) -> HeadlessOptions {
        match parse(line) {
            Ok(Verb::Headless(options)) => *options,
            other => panic!("{line:?} is {other:?}"),
        }
    }

    #[track_caller]
    fn check_turn(line: &[&str], prompt: Option<&str>, resume: Option<&str>) {
        let options = headless(line);
        let wanted = match prompt {
            Some(text) => PromptSource::Argument(text.to_owned()),
            None => PromptSource::Stdin,
        };
        assert_eq!(options.prompt, wanted, "{line:?}");
        let wanted = resume.map(|choice| match choice.parse() {
            Ok(choice) => choice,
            Err(never) => match never {},
        });
        assert_eq!(options.run.resume, wanted, "{line:?}");
    }

    #[track_caller]
    fn check_refused(line: &[&str], part: &str) {
        match parse(line) {
            Err(sentence) => assert!(sentence.contains(part), "{line:?}: {sentence}"),
            Ok(verb) => panic!("{line:?} is {verb:?}"),
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_turn_is_the_same_however_it_is_written() {
        check_turn(&["-p", "fix it"], Some("fix it"), None);
        check_turn(&["-p", "undo"], Some("undo"), None);
        check_turn(&["-p"], None, None);
        check_turn(&["-p", "-"], None, None);
        check_turn(&["-p", "--json", "fix it"], Some("fix it"), None);
        check_turn(&["-p", "go on", "--resume", "last"], Some("go on"), Some("last"));
        check_turn(&["exec", "fix it"], Some("fix it"), None);
        check_turn(&["exec"], None, None);
        check_turn(&["exec", "--skip-git-repo-check", "-"], None, None);
        check_turn(&["exec", "--json", "resume", "--last", "go on"], Some("go on"), Some("last"));
        check_turn(&["exec", "resume", "0199", "go on"], Some("go on"), Some("0199"));
        check_turn(&["exec", "resume", "0199"], None, Some("0199"));
        check_turn(&["resume", "0199", "go on"], Some("go on"), Some("0199"));
        check_turn(&["resume", "--last", "go on"], Some("go on"), Some("last"));
    }

    #[track_caller]
    fn check_screen(line: &[&str], prompt: Option<&str>, resume: Option<&SessionChoice>) {
        match parse(line) {
            Ok(Verb::Screen(options)) => {
                assert_eq!(options.prompt.as_deref(), prompt, "{line:?}");
                assert_eq!(options.run.resume.as_ref(), resume, "{line:?}");
            }
            other => panic!("{line:?} is {other:?}"),
        }
    }

    #[test]
    fn without_a_verb_it_is_the_screen() {
        check_screen(&[], None, None);
        check_screen(&["fix it"], Some("fix it"), None);
        check_screen(&["explain", "-m", "a/b"], Some("explain"), None);
        let id = SessionChoice::Id("0199".to_owned());
        check_screen(&["resume", "0199"], None, Some(&id));
        check_screen(&["resume", "--last"], None, Some(&SessionChoice::Last));
    }

    #[test]
    fn options_stand_before_and_after_the_verb() {
        for line in [
            &["-m", "a/b", "-C", "/x", "exec", "--json", "fix"][..],
            &["exec", "fix", "-m", "a/b", "--json", "-C", "/x"],
            &["-p", "fix", "-m", "a/b", "--json", "--cd", "/x"],
        ] {
            let options = headless(line);
            assert_eq!(options.run.overrides.model.as_deref(), Some("a/b"), "{line:?}");
            assert_eq!(options.run.directory.as_deref(), Some("/x".as_ref()), "{line:?}");
            assert!(options.run.json, "{line:?}");
        }
    }

    #[test]
    fn the_names_of_codex_exec_mean_the_same() {
        let options = headless(&["exec", "--full-auto", "-s", "danger-full-access", "fix"]);
        assert_eq!(options.run.overrides.mode, Some(Mode::Auto));
        assert_eq!(options.run.overrides.sandbox, Some(SandboxLevel::Off));
        let options = headless(&["exec", "-i", "a.png", "-i", "b,c.png", "fix", "-o", "last.txt"]);
        assert_eq!(options.run.images, ["a.png", "b,c.png"].map(std::path::PathBuf::from));
        assert_eq!(options.run.output_last_message.as_deref(), Some("last.txt".as_ref()));
    }

    #[test]
    fn wrong_lines_are_refused_with_the_reason() {
        check_refused(&["undoo"], "there is no verb `undoo`");
        check_refused(&["help"], "there is no verb `help`");
        check_refused(&["-p", "fix", "it"], "two prompts");
        check_refused(&["-p", " "], "the prompt is empty");
        check_refused(&["-p", "x", "--", "undo"], "two prompts");
        check_refused(&["resume"], "no session is named");
        check_refused(&["resume", "--last", "0199", "go on"], "--last takes no ID");
        check_refused(&["--resume", "last"], "--prompt");
        check_refused(&["exec", "--full-auto", "--mode", "plan", "x"], "cannot be used with");
        check_refused(&["-p", "x", "--mode", "yolo"], "is not a mode");
        check_refused(&["-p", "x", "--max-cost", "-1"], "--max-cost");
        check_refused(&["-p", "x", "--max-cost", "nan"], "above 0");
        check_refused(&["-p", "x", "--timeout", "0"], "--timeout");
        check_refused(&["-p", "x", "--record", "a", "--replay", "b"], "cannot be used with");
    }

    #[test]
    fn a_slip_of_the_hand_is_told_from_a_prompt() {
        assert_eq!(nearest_verb("udno").as_deref(), Some("undo"));
        assert_eq!(nearest_verb("sesions").as_deref(), Some("sessions"));
        assert_eq!(nearest_verb("help").as_deref(), Some("--help"));
        for prompt in ["rename the parser", "begin", "count", "fix"] {
            assert_eq!(nearest_verb(prompt), None, "{prompt}");
        }
    }
}
