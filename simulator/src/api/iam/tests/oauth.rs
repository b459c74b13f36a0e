//! The OAuth 2 token endpoint.

use crate::{Cloud, CloudResponse, api::test_cloud::TestCloud, iam::Principal};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

#[test]
fn a_refresh_token_gives_access_tokens_of_its_user() {
    let mut test_cloud = TestCloud::new();
    let user = Principal::user("me@example.com");
    let refresh_token = test_cloud.cloud.refresh_token(&user);
    let mut ask = |form: String| {
        let request = Request::post("/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form))
            .expect("a request");
        let now = test_cloud.now;
        let origin = "https://oauth2.googleapis.com";
        let CloudResponse::Ready(response, _) = test_cloud.cloud.handle(&request, origin, now, now)
        else {
            panic!("no answer");
        };
        let body: Value = serde_json::from_slice(response.body()).expect("JSON");
        (response.status().as_u16(), body)
    };
    let (status, issued) = ask(format!(
        "grant_type=refresh_token&client_id=c&client_secret=s&refresh_token={refresh_token}"
    ));
    assert_eq!(status, 200, "{issued}");
    for (form, error) in [
        (
            "grant_type=refresh_token&refresh_token=forged",
            "invalid_grant",
        ),
        ("grant_type=authorization_code", "unsupported_grant_type"),
        ("", "unsupported_grant_type"),
    ] {
        let (status, refused) = ask(form.to_owned());
        assert_eq!((status, &refused["error"]), (400, &json!(error)));
    }
    let bearer = |token: &str| format!("Bearer {token}");
    let now = test_cloud.now;
    let iam = &test_cloud.cloud.iam;
    let token = issued["access_token"].as_str().expect("a token");
    assert_eq!(iam.authenticate(bearer(token).as_bytes(), now), Ok(user));
    // It is no access token itself.
    assert!(
        iam.authenticate(bearer(&refresh_token).as_bytes(), now)
            .is_err()
    );
}

#[test]
fn the_endpoint_has_older_names() {
    let mut test_cloud = TestCloud::new();
    let user = Principal::user("me@example.com");
    let refresh_token = test_cloud.cloud.refresh_token(&user);
    for (origin, path) in [
        ("https://accounts.google.com", "/o/oauth2/token"),
        ("https://www.googleapis.com", "/oauth2/v4/token"),
    ] {
        let form = format!("grant_type=refresh_token&refresh_token={refresh_token}");
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form))
            .expect("a request");
        let now = test_cloud.now;
        let CloudResponse::Ready(response, _) = test_cloud.cloud.handle(&request, origin, now, now)
        else {
            panic!("no answer");
        };
        assert_eq!(response.status().as_u16(), 200, "{origin}{path}");
    }
}

#[test]
fn a_cloud_that_others_can_reach_has_tokens_that_they_cannot_guess() {
    let user = Principal::user("me@example.com");
    let tokens = || {
        let mut cloud = Cloud::new();
        cloud.randomize_tokens();
        let now = names::Timestamp::from_seconds(1000);
        let refresh_token = cloud.refresh_token(&user);
        assert_eq!(
            cloud.refresh_token(&user),
            refresh_token,
            "the user's only one"
        );
        (cloud.mint(&user, now), refresh_token)
    };
    let ((access, refresh), (other_access, other_refresh)) = (tokens(), tokens());
    assert!(access != other_access && refresh != other_refresh);
}
