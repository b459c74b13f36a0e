use super::*;
use crate::signing::{self, ACCOUNT, AUDIENCE, Keys, NOW};
use crate::stopped_clock::StoppedClock;
use crate::{Function, Verifier};
use gcp::{BoxFuture, Message, Publisher};
use names::{Duration, TopicName};
use serde_json::json;
use std::{
    cell::RefCell,
    sync::{Arc, Mutex},
};

/// Ends as its event says.
struct Obedient {
    seen: RefCell<Vec<Delivery>>,
}

struct Order(String);

impl TryFrom<&Envelope> for Order {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        envelope.json("order").map(Self)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("launching train")]
struct Failed {
    class: Class,
    source: std::io::Error,
}

impl Classify for Failed {
    fn class(&self) -> Class {
        self.class
    }
}

impl Function for Obedient {
    const NAME: &'static str = "obedient";
    // What is not ready at once is late, without waiting for a clock.
    const TIME: Duration = Duration::ZERO;
    type Event = Order;
    type Error = Failed;

    async fn handle(&self, order: Order, delivery: &Delivery) -> Result<Outcome, Failed> {
        self.seen.borrow_mut().push(delivery.clone());
        let later = Duration::from_millis(2500);
        let class = match order.0.as_str() {
            "done" => return Ok(Outcome::Done),
            "duplicate" => return Ok(Outcome::Duplicate),
            "ignored" => return Ok(Outcome::Ignored("too late".into())),
            "retry" => return Ok(retry(None)),
            "retry later" => return Ok(retry(Some(later))),
            "permanent" => return Ok(Outcome::Permanent("launching train: no quota".into())),
            "answer" => {
                return Ok(Outcome::Answer {
                    body: "42".into(),
                    content_type: "text/plain".into(),
                });
            }
            "transient" => Class::Transient,
            "conflict" => Class::Conflict,
            "denied" => Class::Denied,
            "invalid" => Class::Invalid,
            "bug" => Class::Bug,
            "stuck" => std::future::pending().await,
            other => panic!("no such order: {other}"),
        };
        let source = std::io::Error::other("no quota");
        Err(Failed { class, source })
    }
}

fn retry(after: Option<Duration>) -> Outcome {
    let reason = "no quota".into();
    Outcome::Retry { reason, after }
}

#[derive(Default)]
struct Outbox {
    sent: Mutex<Vec<Message>>,
    failing: bool,
}

impl Publisher for Outbox {
    fn publish<'a>(
        &'a self,
        _: &'a TopicName,
        message: Message,
    ) -> BoxFuture<'a, Result<String, gcp::Error>> {
        Box::pin(async move {
            if self.failing {
                return Err(gcp::Error {
                    method: "pubsub.projects.topics.publish",
                    resource: "dead".into(),
                    is_conditional: false,
                    kind: gcp::ErrorKind::InvalidResponse("none".into()),
                });
            }
            self.sent.lock().expect("not poisoned").push(message);
            Ok("1".into())
        })
    }
}

fn push(data: &str) -> Bytes {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let message = json!({
        "data": STANDARD.encode(data), "attributes": {"color": "red"}, "messageId": "7",
        "publishTime": "2026-11-22T05:30:52Z",
    });
    let body = json!({"message": message, "subscription": "projects/p/subscriptions/orders"});
    body.to_string().into()
}

async fn deliver(
    guard: &PushAuthenticator,
    outbox: Arc<Outbox>,
    body: Bytes,
    token: Option<&str>,
) -> u16 {
    let mut request = Request::post("/").body(body).expect("a request");
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().expect("a header");
        request.headers_mut().insert("authorization", value);
    }
    answer(guard, outbox, request).await.status().as_u16()
}

async fn answer(
    guard: &PushAuthenticator,
    outbox: Arc<Outbox>,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let topic = "projects/demo-project/topics/dead".parse().expect("valid");
    let graveyard = DeadLetters::new(outbox, topic);
    let function = Obedient {
        seen: RefCell::default(),
    };
    let now = Timestamp::from_seconds(NOW);
    let answer = dispatch(&function, guard, &graveyard, request, now).await;
    for delivery in function.seen.borrow().iter() {
        assert_eq!(delivery.deadline, now);
    }
    answer
}

#[tokio::test]
async fn each_outcome_and_error_class_has_its_http_status() {
    for (order, status, recorded) in [
        (r#""done""#, 204, None),
        (r#""duplicate""#, 204, None),
        (r#""answer""#, 200, None),
        (r#""retry""#, 503, None),
        (r#""permanent""#, 204, Some("permanent")),
        (r#""ignored""#, 204, None),
        (r#""transient""#, 503, None),
        (r#""conflict""#, 503, None),
        (r#""stuck""#, 503, None),
        (r#""denied""#, 204, Some("denied")),
        (r#""invalid""#, 204, Some("invalid")),
        ("not json", 204, Some("unreadable")),
        (r#""bug""#, 500, None),
        (r#""panic""#, 500, None),
    ] {
        let outbox = Arc::new(Outbox::default());
        let got = deliver(&PushAuthenticator::Off, outbox.clone(), push(order), None).await;
        assert_eq!(got, status, "{order}");
        let sent = outbox.sent.lock().expect("not poisoned");
        let causes: Vec<_> = sent
            .iter()
            .map(|message| message.attributes["groundcrew-cause"].as_str())
            .collect();
        assert_eq!(causes, recorded.into_iter().collect::<Vec<_>>(), "{order}");
        for message in sent.iter() {
            assert_eq!(message.data, order);
            assert_eq!(message.attributes["color"], "red");
            assert_eq!(message.attributes["groundcrew-function"], "obedient");
            assert_eq!(
                message.attributes["groundcrew-subscription"],
                "projects/p/subscriptions/orders"
            );
            if recorded != Some("unreadable") {
                let reason = &message.attributes["groundcrew-reason"];
                assert_eq!(reason, "launching train: no quota");
            }
        }
    }
}

/// A batch of CloudEvents, each an order.
fn batch(orders: &[&str]) -> Request<Bytes> {
    let event = |order: &&str| {
        json!({
            "specversion": "1.0", "id": *order, "source": "test", "type": "order", "data": *order,
        })
    };
    let events: Vec<_> = orders.iter().map(event).collect();
    Request::post("/")
        .header("content-type", "application/cloudevents-batch+json")
        .body(json!(events).to_string().into())
        .expect("a request")
}

#[tokio::test]
async fn the_worst_event_of_a_batch_decides_the_response() {
    for (orders, status, recorded) in [
        (vec!["done", "duplicate", "ignored"], 204, 0),
        (vec!["answer"], 200, 0),
        (vec!["answer", "answer"], 204, 0),
        (vec!["done", "permanent", "invalid"], 204, 2),
        (vec!["invalid", "retry", "denied"], 503, 2),
        (vec!["bug", "done"], 500, 0),
        (vec!["bug", "transient"], 503, 0),
        (vec!["stuck", "invalid"], 503, 1),
        ([vec!["stuck"; 40], vec!["invalid"]].concat(), 503, 1),
    ] {
        let outbox = Arc::new(Outbox::default());
        let got = answer(&PushAuthenticator::Off, outbox.clone(), batch(&orders)).await;
        assert_eq!(got.status(), status, "{orders:?}");
        let sent = outbox.sent.lock().expect("not poisoned").len();
        assert_eq!(sent, recorded, "{orders:?}");
    }
}

#[tokio::test]
async fn a_bad_event_of_a_batch_is_recorded_and_the_others_are_handled() {
    let good = batch(&["done", "invalid"]).into_body();
    let good = std::str::from_utf8(&good).expect("JSON").to_owned();
    let body = good.replacen('[', r#"[{"id": 7},"#, 1);
    let mut request = batch(&[]);
    *request.body_mut() = body.into();
    let outbox = Arc::new(Outbox::default());
    let got = answer(&PushAuthenticator::Off, outbox.clone(), request).await;
    assert_eq!(got.status(), 204);
    let sent = outbox.sent.lock().expect("not poisoned");
    let causes: Vec<_> = sent
        .iter()
        .map(|message| message.attributes["groundcrew-cause"].as_str())
        .collect();
    assert_eq!(causes, ["unreadable", "invalid"]);
    assert_eq!(sent[0].data, r#"[{"id": 7}]"#);
    let media = &sent[0].attributes["content-type"];
    assert_eq!(media, "application/cloudevents-batch+json");
}

#[tokio::test]
async fn a_retry_hint_and_an_answer_are_in_the_response() {
    let to = async |orders: &[&str]| {
        let outbox = Arc::new(Outbox::default());
        answer(&PushAuthenticator::Off, outbox, batch(orders)).await
    };
    // 2.5 s in whole seconds.
    assert_eq!(to(&["retry later"]).await.headers()["retry-after"], "3");
    let later = to(&["retry", "retry later", "done"]).await;
    assert_eq!(later.headers()["retry-after"], "3");
    assert!(!to(&["retry"]).await.headers().contains_key("retry-after"));
    let answered = to(&["answer"]).await;
    assert_eq!(answered.headers()["content-type"], "text/plain");
    assert_eq!(answered.body(), "42");
    assert!(to(&["answer", "done"]).await.body().is_empty());
}

#[tokio::test]
async fn without_a_topic_dead_letters_go_to_the_log_or_are_not_recorded() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("full"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let function = Obedient {
        seen: RefCell::default(),
    };
    let now = Timestamp::from_seconds(NOW);
    for (graveyard, status) in [
        (DeadLetters::log(std::io::sink()), 204),
        (DeadLetters::log(Full), 503),
    ] {
        let request = batch(&["invalid"]);
        let answer = dispatch(&function, &PushAuthenticator::Off, &graveyard, request, now).await;
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test]
async fn a_body_that_is_no_push_is_recorded_as_it_is() {
    let outbox = Arc::new(Outbox::default());
    let body = Bytes::from_static(b"\xff{");
    assert_eq!(
        deliver(&PushAuthenticator::Off, outbox.clone(), body.clone(), None).await,
        204
    );
    let sent = outbox.sent.lock().expect("not poisoned");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].data, body);
}

#[tokio::test]
async fn an_event_that_cannot_be_recorded_is_not_acked() {
    for body in [push(r#""invalid""#), push(r#""denied""#), Bytes::from("{}")] {
        let outbox = Arc::new(Outbox {
            failing: true,
            ..Outbox::default()
        });
        assert_eq!(
            deliver(&PushAuthenticator::Off, outbox, body, None).await,
            503
        );
    }
}

#[tokio::test]
async fn only_pubsub_may_deliver_and_unauthenticated_requests_are_not_recorded() {
    let verifier = Verifier::new(
        Arc::new(Keys::default()),
        "http://keys.example/certs",
        StoppedClock::at(NOW),
    );
    let guard = PushAuthenticator::Push {
        audience: AUDIENCE.into(),
        account: ACCOUNT.parse().expect("valid"),
        verifier: Arc::new(verifier),
    };
    for (changes, status) in [
        (json!({}), 204),
        (
            json!({"email": "eve@demo-project.iam.gserviceaccount.com"}),
            403,
        ),
        (json!({"email": null}), 403),
        (json!({"email_verified": false}), 403),
        (json!({"email_verified": null}), 403),
        (json!({"aud": "https://other.example"}), 403),
        (json!({"exp": NOW - 60}), 401),
    ] {
        let token = signing::token(changes.clone());
        let outbox = Arc::new(Outbox::default());
        let got = deliver(&guard, outbox, push(r#""done""#), Some(&token)).await;
        assert_eq!(got, status, "{changes}");
    }
    let outbox = Arc::new(Outbox::default());
    assert_eq!(
        deliver(&guard, outbox.clone(), Bytes::from("{}"), None).await,
        401
    );
    assert!(outbox.sent.lock().expect("not poisoned").is_empty());
}

#[tokio::test]
async fn a_handler_is_told_to_end_before_its_sender_gives_up() {
    let function = Obedient {
        seen: RefCell::default(),
    };
    let dispatcher = Dispatcher {
        function: &function,
        guard: &PushAuthenticator::Off,
        dead_letters: &DeadLetters::log(std::io::sink()),
        time: Duration::from_secs(60),
    };
    let (head, body) = batch(&["done"]).into_parts();
    let target = Target {
        method: &head.method,
        path: "/",
    };
    let now = Timestamp::from_seconds(NOW);
    let body = async { Ok(body) };
    dispatcher.take(target, &head.headers, body, now).await;
    let deadline = function.seen.borrow()[0].deadline;
    let given_up = now + Duration::from_secs(60);
    assert!(now < deadline && deadline < given_up, "{deadline}");
}

#[tokio::test]
async fn whoever_does_not_post_is_told_to() {
    let request = Request::get("/").body(Bytes::new()).expect("a request");
    let got = answer(&PushAuthenticator::Off, Arc::default(), request).await;
    assert_eq!(got.status(), 405);
    assert_eq!(got.headers()["allow"], "POST");
    let got = answer(&PushAuthenticator::Off, Arc::default(), batch(&["done"])).await;
    assert!(!got.headers().contains_key("allow"));
}
