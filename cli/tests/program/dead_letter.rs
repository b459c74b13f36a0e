//! `groundcrew dead-letter`.

use crate::local_cloud::LocalCloud;
use gcp::{
    Client, Endpoints, Message, Publisher, ReqwestTransport, RestPublisher,
    credentials::StaticToken,
};
use runtime::SystemClock;
use serde_json::Value;
use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

/// Publishes jobs with IDs that no job can have.
async fn publish_bad_jobs(cloud: &LocalCloud, count: u32) {
    let env = cloud.run(0, "local env").stdout;
    let variable = |name: &str| {
        let prefix = format!("export {name}=");
        let line = env.lines().find_map(|line| line.strip_prefix(&prefix));
        line.expect("exported").to_owned()
    };
    let token = fs::read_to_string(variable("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE")).expect("a token");
    let client = Client::new(
        Arc::new(ReqwestTransport::new().expect("a client")),
        Arc::new(StaticToken::new(token.trim())),
        Endpoints::local(&variable("GROUNDCREW_ENDPOINT")),
        Arc::new(SystemClock),
    );
    let topic = "projects/groundcrew-local/topics/job-queued";
    for number in 0..count {
        let message = Message {
            data: r#"{"command":["true"]}"#.into(),
            attributes: BTreeMap::from([("job".to_owned(), format!("NO \u{1b}[2J JOB {number}"))]),
        };
        let published = RestPublisher::new(client.clone());
        published
            .publish(&topic.parse().expect("a topic"), message)
            .await
            .expect("published");
    }
}

/// The dead letters, once there are `count`.
async fn letters(cloud: &LocalCloud, count: usize) -> Vec<Value> {
    for _ in 0..100 {
        let listed = cloud.run(0, "dead-letter list --json").stdout;
        let listed: Vec<Value> = serde_json::from_str(&listed).expect("JSON");
        if listed.len() == count {
            return listed;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("there are not {count} dead letters");
}

#[tokio::test]
async fn events_that_cannot_be_handled_are_listed_replayed_and_dropped() {
    let cloud = LocalCloud::start("dead-letter");
    assert_eq!(cloud.run(0, "dead-letter list").stderr, "no dead letters\n");
    publish_bad_jobs(&cloud, 3).await;
    let found = letters(&cloud, 3).await;
    for letter in &found {
        assert_eq!(letter["cause"], "unreadable");
        assert_eq!(letter["function"], "job-queued");
        assert_eq!(letter["subscription"], "job-queued");
    }
    let text = cloud.run(0, "dead-letter list --limit 2");
    assert_eq!(text.stdout.lines().count(), 3, "{}", text.stdout);
    assert!(text.stderr.contains("more than 2"), "{}", text.stderr);
    assert!(!text.stdout.contains('\u{1b}'), "{:?}", text.stdout);

    let id = found[0]["id"].as_str().expect("an ID");
    let shown = cloud.run(0, &format!("dead-letter show {id}")).stdout;
    assert!(shown.contains(r#"{"command":["true"]}"#), "{shown}");
    // Whichever of them was refused first.
    let of_any = |number| shown.contains(&format!("[2J JOB {number}"));
    assert!((0..3).any(of_any) && !shown.contains('\u{1b}'));
    let error = cloud.run(1, "dead-letter show 0").stderr;
    assert!(error.contains("dead letter 0 not found"), "{error}");

    // It comes back, under another ID.
    cloud.run(0, &format!("dead-letter replay {id}"));
    let again = letters(&cloud, 3).await;
    assert!(again.iter().all(|letter| letter["id"] != id), "{again:?}");
    let other = "projects/groundcrew-local/topics/nowhere";
    let error = cloud.run(1, &format!("dead-letter replay --all --topic {other}"));
    assert!(error.stderr.contains("3 dead letters were kept"));
    letters(&cloud, 3).await;

    let last = again[2]["id"].as_str().expect("an ID");
    cloud.run(0, &format!("dead-letter drop {last}"));
    letters(&cloud, 2).await;
    cloud.run_with_input(1, "dead-letter drop --all", "no\n");
    letters(&cloud, 2).await;
    assert_eq!(
        cloud.run(0, "dead-letter drop --all --yes").stdout,
        "2 removed\n"
    );
    letters(&cloud, 0).await;
}
