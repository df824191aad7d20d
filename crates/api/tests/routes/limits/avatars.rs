use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::header;
use serde_json::json;
use services::options;

use super::requests::set;
use crate::api::{Answer, Api};

/// A picture of one color: the header of a PNG, its rows compressed, its end.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let mut body = kind.to_vec();
        body.extend(data);
        let mut crc = flate2::Crc::new();
        crc.update(&body);
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [length.to_vec(), body, crc.sum().to_be_bytes().to_vec()].concat()
    };
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 0, 0, 0, 0]);
    let rows = vec![0_u8; (width as usize + 1) * height as usize];
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &rows).unwrap();
    let data = encoder.finish().unwrap();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", &data),
        chunk(b"IEND", b""),
    ]
    .concat()
}

/// Width and height stand in the header.
fn sides(answer: &Answer) -> (u32, u32) {
    assert_eq!(answer.headers[header::CONTENT_TYPE], "image/png");
    assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let side = |at: usize| u32::from_be_bytes(answer.bytes[at..at + 4].try_into().unwrap());
    (side(16), side(20))
}

pub(crate) fn upload(bytes: &[u8]) -> serde_json::Value {
    json!({ "avatar_type": "upload", "avatar_photo": STANDARD.encode(bytes) })
}

#[tokio::test]
async fn fil2_an_upload_of_300_px_is_served_in_48_px_and_the_address_before_is_404() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        for path in ["/api/0/users/me/avatar/", "/api/0/organizations/acme/avatar/"] {
            let put = async |body| client.put(path, body).await;
            let changed = put(upload(&png(300, 300))).await.ok();
            assert_eq!(changed.text("/avatar/avatarType"), "upload");
            let first = changed.text("/avatar/avatarUrl");
            assert_eq!(
                sides(&api.anonymous().get(&format!("{first}?s=50")).await.ok()),
                (48, 48)
            );
            assert_eq!(sides(&api.anonymous().get(&first).await.ok()), (256, 256));
            let second = put(upload(&png(256, 256))).await.ok().text("/avatar/avatarUrl");
            assert_ne!(first, second);
            client.get(&first).await.assert(404);
            client.get(&second).await.ok();
            // Without a photo the one that is there stays.
            let same = put(json!({ "avatar_type": "upload" })).await.ok();
            assert_eq!(same.text("/avatar/avatarUrl"), second);
            put(json!({ "avatar_type": "letter_avatar" })).await.ok();
            client.get(&second).await.assert(404);
            put(json!({ "avatar_type": "upload" })).await.assert(400);
        }
        let me = client.get("/api/0/users/me/").await.ok();
        assert_eq!(me.text("/avatar/avatarType"), "letter_avatar");
    })
    .await;
}

#[tokio::test]
async fn fil2_other_shapes_formats_and_sizes_are_refused() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    let client = api.client();
    let path = "/api/0/users/me/avatar/";
    let large = upload(&vec![0; 6 << 20]);
    for (body, status) in [
        (upload(&png(300, 200)), 400),
        (upload(&png(200, 200)), 400),
        (upload(&png(1025, 1025)), 400),
        (
            upload(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
            400,
        ),
        (upload(b""), 400),
        (json!({ "avatar_type": "upload", "avatar_photo": "not base64!" }), 400),
        (json!({ "avatar_type": "photo" }), 400),
        (json!({}), 400),
    ] {
        client.put(path, body).await.assert(status);
    }
    // Larger than a picture may be, be it refused by the body's limit or by the operation.
    client.put(path, large).await.assert(413);
    client
        .get("/avatar/0123456789abcdef0123456789abcdef/")
        .await
        .assert(404);
    // Nobody changes the picture of somebody else.
    let other = api.stranger().await;
    let id = client.get("/api/0/users/me/").await.ok().text("/id");
    let theirs = format!("/api/0/users/{id}/avatar/");
    other
        .put(&theirs, json!({ "avatar_type": "letter_avatar" }))
        .await
        .assert(404);
    client
        .put(&theirs, json!({ "avatar_type": "letter_avatar" }))
        .await
        .ok();
}

#[tokio::test]
async fn fil2_gravatar_is_off_until_it_is_switched_on() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    let client = api.client();
    let body = json!({ "avatar_type": "gravatar" });
    let path = "/api/0/users/me/avatar/";
    let refused = client.put(path, body.clone()).await.assert(400);
    assert_eq!(
        refused.text("/avatar_type/0"),
        "Pictures of gravatar.com are switched off here."
    );
    set(&api, &options::GRAVATAR, json!(true)).await;
    let changed = client.put(path, body).await.ok();
    assert_eq!(changed.text("/avatar/avatarType"), "gravatar");
}
