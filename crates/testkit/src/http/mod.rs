//! An HTTP/1.1 client that sends exactly what it is told to, byte for byte: recorded requests as they were, and broken
//! ones as no proper client would.

mod connection; // what can be done on a connection,
mod request; // the bytes that go out,
mod response; // and the answer that comes back

use std::{io, net::SocketAddr, time::Duration};

pub use connection::Connection;
pub use request::Request;
pub use response::Response;

/// Sends requests to one server, each on a connection of its own.
#[derive(Debug, Clone)]
pub struct Client {
    address: SocketAddr,
    limit: Duration,
    headers: Vec<(String, String)>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            limit: Duration::from_secs(30),
            headers: Vec::new(),
        }
    }

    /// For connecting, and again for the request with its answer.
    pub fn with_time_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Sent with each request that [`Self::request`] begins: with [`Self::get`] and its kind too.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn with_bearer_token(self, token: &str) -> Self {
        self.with_header("Authorization", &format!("Bearer {token}"))
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub async fn connect(&self) -> io::Result<Connection> {
        Connection::open(self.address, self.limit).await
    }

    /// Sends the request as it is.
    pub async fn try_send(&self, request: &Request) -> io::Result<Response> {
        self.connect().await?.send(request).await
    }

    /// Like [`Self::try_send`], where a missing answer fails the test.
    pub async fn send(&self, request: &Request) -> Response {
        let answer = self.try_send(request).await;
        answer.unwrap_or_else(|error| panic!("{} {}: {error}", request.method, request.target))
    }

    pub async fn get(&self, target: &str) -> Response {
        self.send(&self.request("GET", target)).await
    }

    pub async fn delete(&self, target: &str) -> Response {
        self.send(&self.request("DELETE", target)).await
    }

    pub async fn post_json(&self, target: &str, body: &serde_json::Value) -> Response {
        self.send_json("POST", target, body).await
    }

    pub async fn put_json(&self, target: &str, body: &serde_json::Value) -> Response {
        self.send_json("PUT", target, body).await
    }

    /// Posts a form as a browser does; `fields` in order.
    pub async fn post_form(&self, target: &str, fields: &[(&str, &str)]) -> Response {
        self.send(&self.request("POST", target).form(fields)).await
    }

    async fn send_json(&self, method: &str, target: &str, body: &serde_json::Value) -> Response {
        let request = self
            .request(method, target)
            .header("Content-Type", "application/json")
            .body(body.to_string());
        self.send(&request).await
    }

    /// A request with what every client sends, to be added to.
    pub fn request(&self, method: &str, target: &str) -> Request {
        let mut request = Request::new(method, target)
            .header("Host", &self.address.to_string())
            .header("Accept", "*/*")
            .header("Connection", "close");
        request.headers.extend_from_slice(&self.headers);
        request
    }
}

#[cfg(test)]
mod tests;
