//! A state to press keys on, without a terminal and without an agent.
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bowline::{
    protocol::{
        Access, Arguments, CallId, ChangeSet, Command, CommandLine, Cost, Event, Mode, Preview,
        ToolCall, TurnEnd, Usage,
    },
    tui::{
        composer::EditingMode,
        desk::{Answer, Question, Session},
        keymap::{KeySequence, Keymap},
        screen::Canvas,
        state::{Look, State},
        theme::{Depth, Theme, Themes},
        update::{Effect, Msg, update},
        view::view,
    },
};
use crossterm::event::KeyEvent;

pub(crate) struct Stage {
    pub(crate) state: State,
    now: Instant,
}

pub(crate) const QUIET: Duration = Duration::from_millis(400);

const PATCH_OF_ONE: &str = "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";

impl Stage {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        let (keymap, editing) = (Keymap::built_in(), EditingMode::Emacs);
        Self { state: State::new(session(), &[], keymap, editing, look(), now), now }
    }

    pub(crate) fn tell(&mut self, msg: Msg) -> Vec<Effect> {
        update(&mut self.state, msg, self.now)
    }

    /// Presses keys that are written as in the configuration, blanks between them.
    pub(crate) fn press(&mut self, keys: &str) -> Vec<Effect> {
        let keys: KeySequence = keys.parse().unwrap();
        let mut effects = Vec::new();
        for key in keys.keys() {
            effects.extend(self.tell(Msg::Key(KeyEvent::new(key.code, key.modifiers))));
        }
        effects
    }

    pub(crate) fn write(&mut self, text: &str) {
        for character in text.chars() {
            let code = crossterm::event::KeyCode::Char(character);
            let modifiers = crossterm::event::KeyModifiers::NONE;
            self.tell(Msg::Key(KeyEvent::new(code, modifiers)));
        }
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
        self.tell(Msg::Tick);
    }

    pub(crate) fn hear(&mut self, event: Event) -> Vec<Effect> {
        self.tell(Msg::Agent(event))
    }

    pub(crate) fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        self.tell(Msg::Desk(answer))
    }

    /// Draws a frame and gives it as text, a line a row, without blanks at the ends.
    pub(crate) fn draw(&mut self, width: u16, height: u16) -> String {
        let canvas = self.canvas(width, height);
        let buffer = &canvas.buffer;
        let row = |y: u16| {
            let mut text = String::new();
            let mut x = 0;
            while x < width {
                let symbol = buffer[(x, y)].symbol();
                text.push_str(symbol);
                x += u16::try_from(bowline::tui::text::width(symbol).max(1)).unwrap();
            }
            let caret = canvas.cursor.filter(|cursor| cursor.y == y);
            let caret = caret.map_or(String::new(), |cursor| format!("   <caret {}>", cursor.x));
            format!("{}{caret}", text.trim_end())
        };
        (0..height).map(row).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn canvas(&mut self, width: u16, height: u16) -> Canvas {
        self.tell(Msg::Resize(width, height));
        let mut canvas = Canvas::new(width, height);
        view(&mut self.state, &mut canvas);
        self.tell(Msg::Shown);
        canvas
    }

    /// A turn is under way.
    pub(crate) fn begin(&mut self) {
        self.write("begin");
        self.press("enter");
        self.hear(Event::TurnStarted { number: 1 });
        self.hear(Event::RequestStarted { model: "gw/test".parse().unwrap() });
    }

    pub(crate) fn end(&mut self, end: TurnEnd) -> Vec<Effect> {
        self.hear(Event::TurnEnded { end, usage: Usage::default(), cost: Cost::ZERO })
    }

    /// A command asks for leave.
    pub(crate) fn ask(&mut self, command: &str) {
        self.plan("run", Preview::Command(command.to_owned()));
        let access = vec![Access::Run(line(command))];
        let reason = "In mode review, commands ask.".to_owned();
        self.hear(Event::ApprovalNeeded { call: CallId("c1".to_owned()), reason, access });
    }

    /// A patch asks for leave.
    pub(crate) fn ask_for_patch(&mut self) {
        let files = vec![("a.txt".to_owned(), 'M')];
        self.ask_for_files("edit a.txt +1 -1", PATCH_OF_ONE, files);
    }

    /// A patch with this diff asks for leave.
    pub(crate) fn ask_for_files(&mut self, summary: &str, diff: &str, files: Vec<(String, char)>) {
        let preview = Preview::Diff {
            summary: summary.to_owned(),
            diff: diff.to_owned(),
            files,
            changes: Arc::new(ChangeSet::default()),
        };
        self.plan("edit", preview);
        let reason = "In mode review, changes of `a.txt` are shown first.".to_owned();
        let (call, access) = (CallId("c1".to_owned()), Vec::new());
        self.hear(Event::ApprovalNeeded { call, reason, access });
    }

    fn plan(&mut self, tool: &str, preview: Preview) {
        let (id, args) = (CallId("c1".to_owned()), Arguments::parse("{}"));
        let call = ToolCall { id, tool: tool.to_owned(), args };
        self.hear(Event::CallPlanned { call, preview });
    }
}

pub(crate) fn session() -> Session {
    Session {
        id: "0199aaaa".to_owned(),
        title: None,
        model: "gw/test".parse().unwrap(),
        mode: Mode::Review,
        directory: "~/work".to_owned(),
        sandbox: "no sandbox".to_owned(),
        window: Some(200_000),
        context: 0,
        usage: Usage::default(),
        cost: Cost::ZERO,
    }
}

/// Without colours.
pub(crate) fn look() -> Look {
    Look {
        theme: Theme::plain(),
        name: "harbour".to_owned(),
        themes: Themes::default(),
        depth: Depth::Plain,
    }
}

pub(crate) fn line(command: &str) -> CommandLine {
    CommandLine { text: command.to_owned(), directory: "/work".into() }
}

/// What goes to the agent.
pub(crate) fn sent(effects: &[Effect]) -> Vec<Command> {
    let command = |effect: &Effect| match effect {
        Effect::Send(command) => Some(command.clone()),
        _ => None,
    };
    effects.iter().filter_map(command).collect()
}

pub(crate) fn asked(effects: &[Effect]) -> Vec<Question> {
    let question = |effect: &Effect| match effect {
        Effect::Ask(question) => Some(question.clone()),
        _ => None,
    };
    effects.iter().filter_map(question).collect()
}
