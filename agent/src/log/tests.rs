use super::*;
use crate::testing::{Fake, assignment, bucket};
use std::sync::Arc;
use tokio::{
    io::{AsyncWriteExt, DuplexStream, duplex},
    time::timeout,
};

const LONG: Duration = Duration::from_secs(3600);
const BOUND: Duration = Duration::from_secs(30);

/// Tiny parts, and nothing that time alone sets off.
fn limits() -> LogLimits {
    LogLimits {
        flush_after: LONG,
        flush_at: 4,
        part: 4,
        buffer: 128 * KIB,
        tail: 3,
        patience: LONG,
        drain: LONG,
    }
}

fn start(fake: &Arc<Fake>, limits: LogLimits) -> (Log, DuplexStream) {
    let (ours, theirs) = duplex(64 * KIB);
    let a = assignment();
    (
        Log::start(theirs, bucket(fake), a.objects(), a.attempt, limits),
        ours,
    )
}

async fn finish(log: Log, says: Option<&str>, tail: usize) -> Written {
    let finish = log.finish(says.map(Into::into), tail);
    timeout(BOUND, finish).await.expect("the log is written")
}

async fn until(fake: &Fake, is: impl Fn(&crate::testing::Seen) -> bool) {
    timeout(BOUND, fake.until(is)).await.expect("it happens");
}

#[tokio::test]
async fn parts_and_tail_are_the_output_in_order() {
    let fake = Fake::new(assignment());
    fake.set(|seen| (seen.failures, seen.lose_answer) = (2, true));
    let (log, mut output) = start(&fake, limits());
    output.write_all(b"abcdefghijklmnop").await.expect("read");
    drop(output);
    let written = finish(log, Some("bye"), 3).await;
    let seen = fake.seen();
    let all = seen.output() + std::str::from_utf8(&written.tail).expect("UTF-8");
    assert_eq!(all, "abcdefghijklmnop\nbye\n");
    assert_eq!(written.tail, "ye\n");
    assert_eq!(seen.objects.len(), written.parts as usize);
    assert!(
        seen.objects
            .values()
            .all(|part| (1..=4).contains(&part.len()))
    );
}

#[tokio::test]
async fn a_little_output_is_written_while_the_command_runs() {
    let fake = Fake::new(assignment());
    let flush_after = Duration::from_millis(1);
    let usual = LogLimits::default();
    let (log, mut output) = start(
        &fake,
        LogLimits {
            flush_after,
            ..usual
        },
    );
    output.write_all(b"first\n").await.expect("read");
    until(&fake, |seen| seen.output() == "first\n").await;
    output.write_all(b"second\n").await.expect("read");
    until(&fake, |seen| seen.output() == "first\nsecond\n").await;
    drop(output);
    let written = finish(log, None, 64).await;
    assert_eq!((written.parts, written.tail.len()), (2, 0));
}

#[tokio::test]
async fn a_bucket_that_takes_nothing_does_not_hold_the_command_for_ever() {
    let fake = Fake::new(assignment());
    fake.set(|seen| seen.failures = u32::MAX);
    let patience = Duration::from_millis(1);
    let usual = limits();
    let (log, mut output) = start(
        &fake,
        LogLimits {
            part: 64 * KIB,
            patience,
            ..usual
        },
    );
    let size = 4 * KIB * KIB;
    let all = timeout(BOUND, output.write_all(&vec![b'x'; size])).await;
    all.expect("the command is not held").expect("read");
    output.write_all(b"last words").await.expect("read");
    drop(output);
    fake.set(|seen| seen.failures = 0);
    let written = finish(log, None, 3).await;
    let text = fake.seen().output() + std::str::from_utf8(&written.tail).expect("UTF-8");
    assert!(text.ends_with("last words"));
    assert!(text.len() < 300 * KIB, "{} bytes were kept", text.len());
    let dropped: usize = text
        .split("groundcrew: ")
        .skip(1)
        .filter_map(|line| line.split(' ').next()?.parse::<usize>().ok())
        .sum();
    let kept = text.matches('x').count();
    assert_eq!(kept + dropped, size, "what is missing is counted");
}

#[tokio::test]
async fn a_slow_bucket_holds_the_command_and_loses_nothing() {
    let fake = Fake::new(assignment());
    fake.set(|seen| seen.failures = 8);
    let usual = limits();
    let (log, mut output) = start(
        &fake,
        LogLimits {
            part: 64 * KIB,
            ..usual
        },
    );
    let size = 1024 * KIB;
    let all = timeout(BOUND, output.write_all(&vec![b'x'; size])).await;
    all.expect("the bucket works in the end").expect("read");
    drop(output);
    finish(log, None, 0).await;
    assert_eq!(fake.seen().output().len(), size);
}

#[tokio::test]
async fn a_pipe_that_stays_open_is_left_after_a_while() {
    let fake = Fake::new(assignment());
    let drain = Duration::from_millis(1);
    let (log, _open) = start(&fake, LogLimits { drain, ..limits() });
    let written = finish(log, Some("bye"), 64).await;
    assert_eq!((written.parts, written.tail), (0, "bye\n".into()));
}
