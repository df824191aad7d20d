use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::*;

/// A server that treats one connection as it is told to, and a client for it.
#[expect(clippy::disallowed_methods, reason = "the task ends with the test")]
async fn serve<F, T>(treat: impl FnOnce(TcpStream) -> F + Send + 'static) -> (Client, JoinHandle<T>)
where
    F: Future<Output = T> + Send,
    T: Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::new(listener.local_addr().unwrap());
    let server = tokio::spawn(async move { treat(listener.accept().await.unwrap().0).await });
    (client, server)
}

/// Reads until the request ends so, then answers.
async fn answer(mut stream: TcpStream, end: &str, answer: impl AsRef<str>) -> String {
    let mut request = Vec::new();
    while !request.ends_with(end.as_bytes()) {
        assert_ne!(
            stream.read_buf(&mut request).await.unwrap(),
            0,
            "the request ended early"
        );
    }
    stream.write_all(answer.as_ref().as_bytes()).await.unwrap();
    String::from_utf8(request).unwrap()
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"id\": \"x\"}";

#[tokio::test]
async fn a_request_arrives_byte_for_byte() {
    let (client, server) = serve(|stream| answer(stream, "0\r\n\r\n", OK)).await;
    let request = Request::new("POST", "/a?b")
        .header("HOST", "elsewhere:1")
        .chunked("toll", &[1]);
    let response = client.send(&request).await.assert_status(200);
    assert_eq!(response.json()["id"], "x");
    assert_eq!(server.await.unwrap().as_bytes(), request.to_bytes());
}

#[tokio::test]
async fn the_convenient_calls_send_the_token() {
    let (client, server) = serve(|stream| answer(stream, "{\"a\":1}", OK)).await;
    client
        .with_bearer_token("secret")
        .put_json("/a/", &serde_json::json!({"a": 1}))
        .await
        .assert_status(200);
    let request = server.await.unwrap();
    assert!(request.starts_with("PUT /a/ HTTP/1.1\r\nHost: 127.0.0.1:"), "{request}");
    assert!(request.contains("\r\nAuthorization: Bearer secret\r\n"), "{request}");
    assert!(
        request.contains("\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n"),
        "{request}"
    );
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_request_counts() {
    let early = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (client, _server) = serve(async move |mut stream: TcpStream| {
        // The rest is never read: the client must not insist on sending it.
        let mut head = [0; 64];
        stream.read_exact(&mut head).await.unwrap();
        stream.write_all(early.as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let request = client.request("POST", "/").body(vec![b'x'; 32 << 20]);
    assert_eq!(client.try_send(&request).await.unwrap().status, 413);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let (client, _server) = serve(async |_stream: TcpStream| std::future::pending::<()>().await).await;
    let client = client.with_time_limit(Duration::from_millis(20));
    let error = client.try_send(&client.request("GET", "/")).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn broken_bytes_slow_bytes_and_several_answers_on_one_connection() {
    let (client, server) = serve(|stream| answer(stream, "slow", format!("{OK}{OK}"))).await;
    let mut connection = client.connect().await.unwrap();
    connection.write(b"\x01\x02 no http").await.unwrap();
    connection
        .write_slowly(b"slow", 1, Duration::from_millis(1))
        .await
        .unwrap();
    for _ in 0..2 {
        connection.read_response().await.unwrap().assert_status(200);
    }
    assert_eq!(server.await.unwrap(), "\u{1}\u{2} no httpslow");
    assert_eq!(connection.read_to_end().await.unwrap(), b"");
}

#[tokio::test]
async fn half_a_request_can_be_ended() {
    let (client, server) = serve(async |mut stream: TcpStream| {
        let mut request = String::new();
        stream.read_to_string(&mut request).await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        request
    })
    .await;
    let mut connection = client.connect().await.unwrap();
    connection
        .write(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")
        .await
        .unwrap();
    connection.finish_sending().await.unwrap();
    assert_eq!(connection.read_response().await.unwrap().status, 400);
    assert!(server.await.unwrap().ends_with("half"));
}
