use std::{
    os::unix::{fs::chown, process::CommandExt as _},
    path::Path,
    process::Command,
};

/// Whom the server runs as. PostgreSQL refuses to run as root, and tests in containers often do.
#[derive(Debug, Clone, Copy)]
pub(super) enum ServerUser {
    Own,
    Unprivileged { uid: u32, gid: u32 },
}

impl ServerUser {
    pub(super) fn choose() -> Self {
        if !rustix::process::geteuid().is_root() {
            return Self::Own;
        }
        let users = std::fs::read_to_string("/etc/passwd").expect("/etc/passwd can be read");
        let (uid, gid) = ["postgres", "nobody"]
            .iter()
            .find_map(|name| ids(&users, name))
            .expect("there is a user postgres or nobody to run the server as");
        Self::Unprivileged { uid, gid }
    }

    pub(super) fn uid(self) -> u32 {
        match self {
            Self::Own => rustix::process::geteuid().as_raw(),
            Self::Unprivileged { uid, .. } => uid,
        }
    }

    pub(super) fn give(self, path: &Path) -> std::io::Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Unprivileged { uid, gid } => chown(path, Some(uid), Some(gid)),
        }
    }

    /// A command with this user, and with nothing of the environment that PostgreSQL's programs would listen to.
    pub(super) fn command(self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C")
            .current_dir("/");
        if let Self::Unprivileged { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        command
    }
}

/// The user and group id of `name` in the text of `/etc/passwd`.
fn ids(users: &str, name: &str) -> Option<(u32, u32)> {
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let user = fields.into_iter().find(|fields| fields.first() == Some(&name))?;
    Some((user.get(2)?.parse().ok()?, user.get(3)?.parse().ok()?))
}

#[test]
fn user_and_group_ids_are_the_third_and_fourth_field() {
    let users = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533:nobody:/:/bin/false\nbroken\n";
    assert_eq!(ids(users, "nobody"), Some((65534, 65533)));
    assert_eq!(ids(users, "postgres"), None);
    assert_eq!(ids(users, "broken"), None);
}
