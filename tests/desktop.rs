//! Programs of the user's desktop: what they get, how they end, and what is in the clipboard by them.
use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use bowline::process::{Allowance, Desktop, Held};
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(60);

fn desktop(variables: &[(&str, &str)], roots: &[&Path]) -> Desktop {
    let all = [("PATH", "/usr/bin:/bin")].iter().chain(variables);
    Desktop {
        environment: all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        roots: roots.iter().map(|root| root.to_path_buf()).collect(),
    }
}

const PLENTY: Allowance = Allowance { time: LONG, bytes: 100_000 };

#[tokio::test]
async fn a_program_of_the_desktop_gets_what_it_finds_the_desktop_by_and_no_key() {
    let variables = [
        ("DISPLAY", ":0"),
        ("XAUTHORITY", "/run/user/1/auth"),
        ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/1/bus"),
        ("XDG_RUNTIME_DIR", "/run/user/1"),
        ("OPENAI_API_KEY", "canary"),
        ("GW_KEY", "canary"),
        ("TMUX", "sk-aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z"),
        ("LD_PRELOAD", "/x.so"),
    ];
    let desktop = desktop(&variables, &[]);
    let written = desktop.run("env", &[], PLENTY).await.unwrap();
    let written = String::from_utf8(written).unwrap();
    for (name, value) in &variables[..4] {
        assert!(written.contains(&format!("{name}={value}\n")), "{name}: {written}");
    }
    for (name, _) in &variables[4..] {
        assert!(!written.contains(name), "{name}: {written}");
    }
    // Its words are no shell's.
    let words = desktop.run("printf", &["%s|", "$(id) `id`", "-n"], PLENTY).await.unwrap();
    assert_eq!(words, b"$(id) `id`|-n|");
}

#[tokio::test]
async fn a_program_of_the_desktop_that_does_not_work_says_why() {
    let directory = TempDir::new().unwrap();
    let own = directory.path().join("ours");
    program(&own, "");
    let path = directory.path().to_str().unwrap();
    let desktop = desktop(&[("PATH", "")], &[directory.path()]);
    let desktop = Desktop {
        environment: vec![("PATH".to_owned(), format!("{path}:/usr/bin:/bin"))],
        ..desktop
    };
    let short = Allowance { time: Duration::from_millis(50), bytes: 1_000 };
    let loud = "yes >&2 & yes";
    let stays = "trap '' TERM; sleep 1000 & sleep 1000";
    for (program, arguments, error) in [
        ("ours", &[][..], "the program `ours` was not found"),
        ("sh", &["-c", "exit 3"], "`sh` failed (exit code 3)"),
        ("sh", &["-c", loud], "`sh` gave more than 1 kB"),
        ("sh", &["-c", stays], "`sh` took longer than 0 s and was ended"),
    ] {
        let allowance =
            if arguments.contains(&loud) { Allowance { time: LONG, ..short } } else { short };
        let ran = desktop.run(program, arguments, allowance).await;
        assert_eq!(ran.unwrap_err().to_string(), error);
    }
}

/// A program that is a script.
fn program(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// What is read of the clipboard where these variables are set and these programs are there.
async fn clipboard(variables: &[(&str, &str)], programs: &[(&str, &str)]) -> Result<Held, String> {
    let directory = TempDir::new().unwrap();
    for (name, script) in programs {
        program(&directory.path().join(name), script);
    }
    let mut environment = vec![("PATH".to_owned(), directory.path().display().to_string())];
    environment
        .extend(variables.iter().map(|(name, value)| (String::from(*name), String::from(*value))));
    let desktop = Desktop { environment, roots: Vec::new() };
    desktop.clipboard_image(1_000).await.map_err(|error| error.to_string())
}

const X11: (&str, &str) = ("DISPLAY", ":0");
const WAYLAND: (&str, &str) = ("WAYLAND_DISPLAY", "wayland-0");
const NONE: &str = "there is no image in the clipboard";

#[tokio::test]
async fn the_clipboard_gives_its_image_or_a_file() {
    let xclip = |types: &str| {
        format!(
            "case \"$5\" in TARGETS) printf '{types}';; image/jpeg) echo -n jpeg;; text/uri-list) echo file:///a%20b.png;; *) exit 1;; esac"
        )
    };
    let bytes = Ok(Held::Bytes(b"jpeg".to_vec()));
    let image = xclip("TARGETS\\nUTF8_STRING\\nimage/jpeg\\ntext/uri-list\\n");
    assert_eq!(clipboard(&[X11], &[("xclip", &image)]).await, bytes);
    let file = xclip("TARGETS\\ntext/uri-list\\n");
    assert_eq!(clipboard(&[X11], &[("xclip", &file)]).await, Ok(Held::File("/a b.png".into())));
    let text = xclip("TARGETS\\nUTF8_STRING\\n");
    assert_eq!(clipboard(&[X11], &[("xclip", &text)]).await, Err(NONE.to_owned()));
    let wayland = "case \"$*\" in --list-types) echo image/png;; '--no-newline --type image/png') echo -n png;; *) exit 1;; esac";
    let both = [("wl-paste", wayland), ("xclip", image.as_str())];
    assert_eq!(clipboard(&[X11, WAYLAND], &both).await, Ok(Held::Bytes(b"png".to_vec())));
    assert_eq!(clipboard(&[X11, WAYLAND], &both[1..]).await, bytes, "the same by the other way");
}

#[tokio::test]
async fn a_clipboard_that_can_not_be_read_says_what_is_missing() {
    let large = "case \"$5\" in TARGETS) echo image/png;; *) exec /usr/bin/yes;; esac";
    for (variables, programs, error) in [
        (
            &[][..],
            &[][..],
            "no clipboard can be reached from here: paste the path of an image file instead, or write @ and its name",
        ),
        (&[X11], &[], "reading the clipboard takes the program `xclip`: install it"),
        (
            &[X11, WAYLAND],
            &[],
            "reading the clipboard takes the program `wl-paste`: install wl-clipboard",
        ),
        (&[X11], &[("xclip", "exit 1")], NONE),
        (&[X11], &[("xclip", large)], "the clipboard can't be read: `xclip` gave more than 1 kB"),
    ] {
        assert_eq!(clipboard(variables, programs).await, Err(error.to_owned()));
    }
}
