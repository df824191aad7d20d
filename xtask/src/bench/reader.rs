//! What a program and a person see of the server: the API with a token, and pages with the cookie of a browser.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::http::Connection;
use super::server::{EMAIL, ORGANIZATION, PASSWORD, PROJECT, Server};

/// Longer than processing a backlog may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// Asks the API.
#[derive(Debug)]
pub(super) struct Api {
    connection: Connection,
    headers: String,
}

impl Api {
    pub(super) fn new(server: &Server) -> Self {
        Self {
            connection: Connection::new(server.address()),
            headers: format!("Authorization: Bearer {}\r\n", server.token),
        }
    }

    /// Asks for something that must be there.
    pub(super) fn get(&mut self, path: &str) -> Result<Value, String> {
        let response = self.connection.get(path, &self.headers)?;
        if response.status != 200 {
            let body = String::from_utf8_lossy(&response.body);
            return Err(format!("GET {path}: {}: {body}", response.status));
        }
        serde_json::from_slice(&response.body).map_err(|error| format!("GET {path}: {error}"))
    }

    /// Whether the event index knows this event.
    pub(super) fn has_event(&mut self, id: &str) -> Result<bool, String> {
        let path = format!("/api/0/projects/{ORGANIZATION}/{PROJECT}/events/{id}/");
        let response = self.connection.get(&path, &self.headers)?;
        match response.status {
            200 => Ok(true),
            404 => Ok(false),
            status => Err(format!("GET {path}: {status}")),
        }
    }

    /// Whether the newest issues in the issue list hold this text.
    pub(super) fn lists_issue(&mut self, text: &str) -> Result<bool, String> {
        let path = organization(
            "issues/",
            &[("query", "is:unresolved"), ("sort", "new"), ("limit", "10")],
        );
        let response = self.connection.get(&path, &self.headers)?;
        if response.status != 200 {
            return Err(format!("GET {path}: {}", response.status));
        }
        Ok(String::from_utf8_lossy(&response.body).contains(text))
    }

    /// Waits until all these events are found, and gives when that was.
    pub(super) fn wait_for(&mut self, ids: &[String]) -> Result<Instant, String> {
        let deadline = Instant::now() + PATIENCE;
        for id in ids {
            while !self.has_event(id)? {
                if Instant::now() > deadline {
                    return Err(format!("event {id} was accepted and is not found {PATIENCE:?} later"));
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        Ok(Instant::now())
    }

    /// How many events of a dataset the index finds.
    pub(super) fn count(&mut self, dataset: &str) -> Result<u64, String> {
        let path = organization(
            "events/",
            &[("field", "count()"), ("dataset", dataset), ("statsPeriod", "30d")],
        );
        let answer = self.get(&path)?;
        let count = answer["data"][0]["count()"].as_f64();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        count
            .map(|count| count as u64)
            .ok_or_else(|| format!("GET {path}: no count in {answer}"))
    }
}

/// The address of something of the organization in the API.
pub(super) fn organization(path: &str, query: &[(&str, &str)]) -> String {
    format!("/api/0/organizations/{ORGANIZATION}/{path}{}", query_string(query))
}

pub(super) fn query_string(query: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    match pairs.is_empty() {
        true => String::new(),
        false => format!("?{}", pairs.join("&")),
    }
}

fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match keep(byte) {
            true => encoded.push(char::from(byte)),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Looks at pages.
#[derive(Debug)]
pub(super) struct Browser {
    connection: Connection,
    headers: String,
}

impl Browser {
    /// Signs in.
    pub(super) fn new(server: &Server) -> Result<Self, String> {
        let mut connection = Connection::new(server.address());
        let mut cookies = HashMap::new();
        let shown = connection.get("/auth/login/", "")?;
        remember(&mut cookies, shown.header("set-cookie"));
        let form = query_string(&[("email", EMAIL), ("password", PASSWORD), ("next", "")]);
        let headers = format!(
            "{}Origin: http://{}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            cookie_line(&cookies),
            server.address()
        );
        let answer = connection.post("/auth/login/", &headers, form.trim_start_matches('?').as_bytes())?;
        remember(&mut cookies, answer.header("set-cookie"));
        if answer.status != 303 {
            return Err(format!("signing in was answered with {}", answer.status));
        }
        Ok(Self {
            connection,
            headers: cookie_line(&cookies),
        })
    }

    /// Loads a page, and gives the time that took.
    pub(super) fn load(&mut self, path: &str) -> Result<Duration, String> {
        let begin = Instant::now();
        let response = self.connection.get(path, &self.headers)?;
        let time = begin.elapsed();
        match response.status {
            200 => Ok(time),
            status => Err(format!("GET {path}: {status}")),
        }
    }
}

fn remember(cookies: &mut HashMap<String, String>, header: Option<&str>) {
    let pair = header.and_then(|header| header.split(';').next()?.split_once('='));
    if let Some((name, value)) = pair {
        cookies.insert(name.trim().to_owned(), value.to_owned());
    }
}

fn cookie_line(cookies: &HashMap<String, String>) -> String {
    let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    match pairs.is_empty() {
        true => String::new(),
        false => format!("Cookie: {}\r\n", pairs.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(
            organization("events/", &[("field", "p95()"), ("query", "tenant:t7 a&b")]),
            "/api/0/organizations/bench/events/?field=p95%28%29&query=tenant%3At7%20a%26b"
        );
        assert_eq!(organization("issues/", &[]), "/api/0/organizations/bench/issues/");
    }

    #[test]
    fn a_cookie_is_kept_without_its_attributes() {
        let mut cookies = HashMap::new();
        remember(&mut cookies, Some("session=abc=; Path=/; HttpOnly"));
        remember(&mut cookies, None);
        assert_eq!(cookie_line(&cookies), "Cookie: session=abc=\r\n");
    }
}
