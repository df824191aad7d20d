//! `TOCSIN_LIMITS_CONNECTIONS` is the setting `limits.connections`.

use std::ffi::OsString;

use super::{Config, ConfigError};

const PREFIX: &str = "TOCSIN_";

/// Puts the variables that name settings into `table`. Others that begin alike are left alone: tests have such.
pub(super) fn overlay(
    table: &mut toml::Table,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<(), ConfigError> {
    let defaults = toml::Table::try_from(Config::default()).expect("the defaults are plain values");
    let mut settings = Vec::new();
    leaves(&defaults, &mut Vec::new(), &mut settings);
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        let Some((path, default)) = settings.iter().find(|(path, _)| variable(path) == name) else {
            continue;
        };
        let wrong = |message: &str| ConfigError::Environment {
            variable: name.to_owned(),
            message: message.to_owned(),
        };
        let text = value.to_str().ok_or_else(|| wrong("it is no UTF-8"))?;
        let value = match default {
            toml::Value::Integer(_) => {
                toml::Value::Integer(text.trim().parse().map_err(|_| wrong("expected a whole number"))?)
            }
            toml::Value::Boolean(_) => toml::Value::Boolean(match text.trim() {
                "true" | "1" | "yes" | "on" => true,
                "false" | "0" | "no" | "off" => false,
                _ => return Err(wrong("expected true or false")),
            }),
            _ => toml::Value::String(text.to_owned()),
        };
        set(table, path, value).ok_or_else(|| wrong("the settings file has no table there"))?;
    }
    Ok(())
}

fn variable(path: &[String]) -> String {
    format!("{PREFIX}{}", path.join("_").to_uppercase())
}

/// All settings with their paths.
fn leaves(table: &toml::Table, path: &mut Vec<String>, into: &mut Vec<(Vec<String>, toml::Value)>) {
    for (key, value) in table {
        path.push(key.clone());
        match value {
            toml::Value::Table(table) => leaves(table, path, into),
            value => into.push((path.clone(), value.clone())),
        }
        path.pop();
    }
}

fn set(table: &mut toml::Table, path: &[String], value: toml::Value) -> Option<()> {
    let (last, tables) = path.split_last()?;
    let mut table = table;
    for key in tables {
        table = table
            .entry(key.as_str())
            .or_insert_with(|| toml::Table::new().into())
            .as_table_mut()?;
    }
    table.insert(last.clone(), value);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlaid(name: &str, value: &str) -> Result<Config, ConfigError> {
        let mut table = toml::Table::new();
        overlay(&mut table, [(name.into(), value.into())].into_iter())?;
        Ok(table.try_into().unwrap())
    }

    #[test]
    fn variables_name_settings() {
        assert_eq!(overlaid("TOCSIN_DATA_DIR", "/x").unwrap().data_dir.to_str(), Some("/x"));
        assert_eq!(
            overlaid("TOCSIN_LIMITS_CONNECTIONS", "7").unwrap().limits.connections,
            7
        );
        assert_eq!(
            overlaid("TOCSIN_SPOOL_MAX_BYTES", "1000").unwrap().spool.max_bytes,
            1000
        );
        assert_eq!(overlaid("TOCSIN_SOMETHING_ELSE", "x").unwrap(), Config::default());
        let error = overlaid("TOCSIN_LIMITS_CONNECTIONS", "many").unwrap_err();
        assert_eq!(
            error.to_string(),
            "TOCSIN_LIMITS_CONNECTIONS is wrong: expected a whole number"
        );
    }
}
