//! Starting other programs: echo the command, keep the output visible, turn a failure into one line.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A command that runs in the workspace root.
pub(crate) fn command(program: &str, args: &[&str], root: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root);
    command
}

/// The Cargo that runs this task: `cargo +toolchain xtask` stays on its toolchain.
pub(crate) fn cargo(args: &[&str], root: &Path) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(args).current_dir(root);
    command
}

/// Runs to the end, with the output on the terminal.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    println!("$ {}", shown(command));
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("cannot start `{}`: {error}", shown(command)))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("`{}` ended with {status}", shown(command)))
}

/// Whether the command can be started and succeeds; its output is not shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Like [`succeeds`], for a command that may hang: it is killed, and has failed, after `limit`.
pub(crate) fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    let Ok(mut child) = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
    else {
        return false;
    };
    let deadline = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(50)),
            Ok(None) | Err(_) => {
                // It may have ended by itself meanwhile; reaping it is all that matters then.
                if child.kill().is_ok() {
                    child.wait().ok();
                }
                return false;
            }
        }
    }
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    let mut words = vec![program.to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_an_error_that_names_it() {
        let error = run(&mut command("false", &[], Path::new("."))).unwrap_err();
        assert!(error.starts_with("`false` ended with"), "{error}");
    }

    #[test]
    fn a_missing_program_is_an_error_that_names_it() {
        let error = run(&mut command("no-such-program", &["-x"], Path::new("."))).unwrap_err();
        assert!(error.starts_with("cannot start `no-such-program -x`"), "{error}");
    }

    #[test]
    fn a_command_over_its_limit_is_killed() {
        let begin = Instant::now();
        assert!(!succeeds_within(
            &mut command("sleep", &["60"], Path::new(".")),
            Duration::from_millis(100)
        ));
        assert!(begin.elapsed() < Duration::from_secs(30));
        assert!(succeeds_within(
            &mut command("true", &[], Path::new(".")),
            Duration::from_secs(30)
        ));
    }
}
