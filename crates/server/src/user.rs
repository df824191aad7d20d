//! `tocsin user`: accounts without mail and without a browser, whether a server runs or not.

use std::io::{BufRead as _, Write as _};

use model::{Node, UserPermission};
use services::{
    App,
    access::Actor,
    users::{self, NewAccount, NewUser},
};

use crate::{CommandError, config::Config, parts};

#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum Command {
    /// Create a user, who belongs to no organization yet
    Create {
        #[arg(long)]
        email: String,
        /// What the user is called
        #[arg(long, default_value = "")]
        name: String,
        /// Without it, the password is the first line of standard input
        #[arg(long)]
        password: Option<String>,
        /// With all permissions for the installation
        #[arg(long)]
        admin: bool,
    },
    /// Set the password of a user, who is signed out everywhere
    Password {
        /// E-mail or username
        user: String,
        /// Without it, the password is the first line of standard input
        #[arg(long)]
        password: Option<String>,
        /// Take the second factor away, too
        #[arg(long)]
        reset_second_factor: bool,
    },
    /// Give a user all permissions for the installation
    Promote {
        /// E-mail or username
        user: String,
        /// Take them away instead
        #[arg(long)]
        demote: bool,
    },
    /// Single permissions for the installation: superuser, users.admin, options.admin, broadcasts.admin
    #[command(subcommand)]
    Permission(Permission),
}

#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum Permission {
    /// Give a user a permission
    Add { user: String, permission: String },
    /// List the permissions of a user, sorted
    List { user: String },
    /// Take a permission from a user
    Remove { user: String, permission: String },
}

pub(crate) async fn run(config: Config, command: Command) -> Result<(), CommandError> {
    parts::data_folder(&config)?;
    let address = crate::control::served_address(&config).unwrap_or_else(|| config.address());
    let node = Node::other(std::process::id());
    let app = parts::app(&config, parts::clock(&config), config.public_url(address), node).await?;
    let said = act(&app, command).await;
    app.store.close().await;
    writeln!(std::io::stdout(), "{}", said?)?;
    Ok(())
}

/// Does it, and says what was done.
async fn act(app: &App, command: Command) -> Result<String, CommandError> {
    let actor = Actor::command();
    match command {
        Command::Create {
            email,
            name,
            password,
            admin,
        } => {
            let new = NewAccount {
                user: NewUser {
                    email: &email,
                    name: &name,
                    password: &given_or_read(password)?,
                },
                is_administrator: admin,
            };
            let user = users::create_account(app, &actor, &new).await?;
            Ok(format!("created the user {}", user.email))
        }
        Command::Password {
            user,
            password,
            reset_second_factor,
        } => {
            let user = users::set_password_of(app, &actor, &user, &given_or_read(password)?).await?;
            if reset_second_factor {
                services::second_factor::reset(app, &actor, &user).await?;
            }
            Ok(format!("the user {} has a new password", user.email))
        }
        Command::Promote { user, demote } => {
            let user = users::promote(app, &actor, &user, !demote).await?;
            let state = if demote {
                "is no administrator any more"
            } else {
                "is an administrator"
            };
            Ok(format!("the user {} {state}", user.email))
        }
        Command::Permission(permission) => change_permission(app, &actor, permission).await,
    }
}

async fn change_permission(app: &App, actor: &Actor, command: Permission) -> Result<String, CommandError> {
    match command {
        Permission::Add { user, permission } => {
            let permission = known(&permission)?;
            let added = users::add_permission(app, actor, &user, permission).await?;
            let verb = if added { "now has" } else { "already has" };
            Ok(format!("the user {user} {verb} the permission {}", permission.name()))
        }
        Permission::List { user } => {
            let permissions = users::permissions_of(app, &user).await?;
            let names: Vec<&str> = permissions.into_iter().map(UserPermission::name).collect();
            Ok(names.join("\n"))
        }
        Permission::Remove { user, permission } => {
            let permission = known(&permission)?;
            let removed = users::remove_permission(app, actor, &user, permission).await?;
            let verb = if removed { "no longer has" } else { "does not have" };
            Ok(format!("the user {user} {verb} the permission {}", permission.name()))
        }
    }
}

fn known(name: &str) -> Result<UserPermission, CommandError> {
    UserPermission::from_name(name).ok_or_else(|| {
        let names = UserPermission::ALL.map(UserPermission::name).join(", ");
        format!("{name:?} is no permission: there are {names}").into()
    })
}

fn given_or_read(password: Option<String>) -> Result<String, CommandError> {
    if let Some(password) = password {
        return Ok(password);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}
