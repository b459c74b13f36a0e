//! `groundcrew access`, from outside, on a local cloud.

use serde_json::Value;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

/// A folder of this test's own, and the local cloud in it, which ends with it.
struct Desk(PathBuf);

impl Desk {
    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_groundcrew"));
        command
            .args(words.split(' '))
            .env("GROUNDCREW_RUN", &self.0)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null());
        command
    }

    /// Standard output and standard error, if it exits with `code`.
    fn run(&self, code: i32, words: &str) -> (String, String) {
        let output = self.command(words).output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, said) = (text(&output.stdout), text(&output.stderr));
        let ended = output.status.code();
        assert_eq!(ended, Some(code), "{words:?} said\n{out}\nand\n{said}");
        (out, said)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.command("local stop").output();
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_the_resource_manager_can_do_in_a_project_that_was_set_up() {
    let name = format!("groundcrew-access-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir_all(&folder).expect("a folder");
    let desk = Desk(folder);
    let explain = "access explain resource-manager@groundcrew-local.iam.gserviceaccount.com \
                   --project customer-project";
    let (_, said) = desk.run(1, explain);
    assert!(said.contains("no local cloud runs"), "{said}");
    // Its output would stay open as long as the cloud runs.
    let mut up = desk.command("local --detach --port 0");
    assert!(up.stdout(Stdio::null()).status().expect("runs").success());
    desk.run(0, "account apply --project customer-project");

    let (text, _) = desk.run(0, explain);
    let path = "→ launches a machine as \
                groundcrew-instances@customer-project.iam.gserviceaccount.com \
                (iam.serviceAccounts.actAs on account \
                groundcrew-instances@customer-project.iam.gserviceaccount.com \
                by roles/iam.serviceAccountUser; compute.instances.create on project \
                customer-project by groundcrewResourceManager if ";
    for part in [
        "\ndirect access\n",
        "      compute.instances.create\n",
        path,
        "reads data of bucket customer-project-groundcrew",
        "\nnot read\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (json, _) = desk.run(0, &format!("{explain} --json"));
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let paths = json["indirect"]["paths"].as_array().expect("a list");
    assert_eq!(paths.len(), 1, "{json:#}");

    let bucket = format!("{explain} --resource gs://customer-project-groundcrew");
    let (text, _) = desk.run(0, &bucket);
    assert!(text.contains("direct access\n  none\n"), "{text}");
    assert!(text.contains(path), "{text}");
    assert!(
        text.contains("      storage.objects.get (reads data)\n"),
        "{text}"
    );
    let (_, said) = desk.run(1, &format!("{explain} --resource gs://not-there"));
    assert!(
        said.contains("not found in project customer-project"),
        "{said}"
    );
    let (_, said) = desk.run(2, "access explain nobody");
    assert!(said.contains("user:nobody"), "{said}");
}
