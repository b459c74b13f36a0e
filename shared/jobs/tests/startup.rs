//! The startup script of a machine, with programs on `PATH` that stand in for those
//! of the machine.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Logs its arguments. Of the metadata server it gives what a machine has; the
/// object is refused as often as `refusals` says, unless curl is told to repeat.
const CURL: &str = r#"#!/bin/sh
echo "curl $*" >>"$LOG"
out=
retries=
for argument; do
    case $argument in
        */groundcrew-agent-object) echo gs://demo-bucket/agent/the-agent; exit ;;
        */groundcrew-agent-sha256) echo "$SHA256"; exit ;;
        */token) echo '{"access_token":"t0ken","expires_in":3599}'; exit ;;
    esac
    [ "$last" = --output ] && out=$argument
    [ "$argument" = --retry-all-errors ] && retries=1
    last=$argument
done
grep -q 'Bearer t0ken' || exit 97
if [ "$REFUSED" = for-ever ] || { [ "$REFUSED" = at-first ] && [ -z "$retries" ]; }; then
    echo 'curl: (22) The requested URL returned error: 403' >&2
    exit 22
fi
printf agent >"$out"
"#;

/// Of `printf agent`.
const SHA256: &str = "d4f0bc5a29de06b510f9aa428f1eedba926012b591fef7a518e776a7c9bd1824";

struct Machine {
    root: PathBuf,
    has_gpu: bool,
    has_driver: bool,
    refused: &'static str,
    sha256: &'static str,
}

impl Machine {
    fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&root);
        Self {
            root,
            has_gpu: false,
            has_driver: false,
            refused: "never",
            sha256: SHA256,
        }
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.root.join("bin").join(name);
        fs::write(&path, script).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
    }

    /// Runs the script; it returns its output, and what it called.
    fn boot(&self) -> (Output, String) {
        for folder in ["bin", "etc/systemd/system", "sys/bus/pci/devices/0"] {
            fs::create_dir_all(self.root.join(folder)).expect("created");
        }
        self.program("curl", CURL);
        self.program("systemctl", "#!/bin/sh\necho \"systemctl $*\" >>\"$LOG\"\n");
        self.program("poweroff", "#!/bin/sh\necho poweroff >>\"$LOG\"\n");
        self.program("sleep", "#!/bin/sh\nexec /bin/sleep 0.1\n");
        let driver = if self.has_driver { "exit 0" } else { "exit 9" };
        self.program("nvidia-smi", &format!("#!/bin/sh\n{driver}\n"));
        if self.has_gpu {
            let device = self.root.join("sys/bus/pci/devices/0");
            fs::write(device.join("vendor"), "0x10de\n").expect("written");
            fs::write(device.join("class"), "0x030200\n").expect("written");
        }
        let log = self.root.join("calls");
        let path = format!("{}:/usr/bin:/bin", self.root.join("bin").display());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/agent/startup.sh");
        let output = Command::new("/bin/sh")
            .arg(script)
            .env_clear()
            .env("PATH", path)
            .env("LOG", &log)
            .env("REFUSED", self.refused)
            .env("SHA256", self.sha256)
            .env("GROUNDCREW_ROOT", &self.root)
            .env("GROUNDCREW_PREPARATION", "1")
            .output()
            .expect("sh runs");
        let calls = fs::read_to_string(log).expect("it called something");
        (output, calls)
    }

    fn unit(&self) -> Option<String> {
        let unit = "etc/systemd/system/groundcrew-agent.service";
        fs::read_to_string(self.root.join(unit)).ok()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A permission that was just granted answers 403 for minutes.
#[test]
fn an_agent_that_may_not_be_read_yet_is_asked_for_again() {
    let machine = Machine {
        refused: "at-first",
        ..Machine::new("grant")
    };
    let (output, calls) = machine.boot();
    assert!(output.status.success(), "{}", said(&output));
    assert!(calls.contains("systemctl start --no-block groundcrew-agent.service"));
    assert!(!calls.contains("poweroff"), "{calls}");
    let asked = calls.lines().filter(|call| call.starts_with("curl"));
    for call in asked {
        assert!(call.contains("--retry-all-errors") && call.contains("--retry-max-time"));
        assert!(!call.contains("t0ken"), "others can read arguments: {call}");
    }
    let unit = machine.unit().expect("written");
    assert!(
        unit.contains("Environment=\"GROUNDCREW_UNREADY=\"\n"),
        "{unit}"
    );
    assert_eq!(
        fs::read(machine.root.join("var/lib/groundcrew/agent")).expect("there"),
        b"agent"
    );
}

#[test]
fn a_machine_that_cannot_be_prepared_says_why_and_powers_off() {
    let wrong = "0000000000000000000000000000000000000000000000000000000000000000";
    for (name, refused, sha256, reason) in [
        (
            "refused",
            "for-ever",
            SHA256,
            "gs://demo-bucket/agent/the-agent cannot be read",
        ),
        ("digest", "never", wrong, "does not have the digest 0000"),
    ] {
        let machine = Machine {
            refused,
            sha256,
            ..Machine::new(name)
        };
        let (output, calls) = machine.boot();
        assert!(!output.status.success());
        assert!(said(&output).contains(reason), "{}", said(&output));
        assert_eq!(calls.lines().last(), Some("poweroff"), "{calls}");
        assert_eq!(machine.unit(), None);
    }
}

#[test]
fn a_gpu_without_a_driver_is_a_reason_not_to_start_the_command() {
    for (name, has_gpu, has_driver, reason) in [
        ("driver", true, true, ""),
        ("no-gpu", false, false, ""),
        (
            "no-driver",
            true,
            false,
            "the NVIDIA driver did not answer within 1 s",
        ),
    ] {
        let machine = Machine {
            has_gpu,
            has_driver,
            ..Machine::new(name)
        };
        let (output, calls) = machine.boot();
        assert!(output.status.success(), "{}", said(&output));
        assert!(!calls.contains("poweroff"), "the agent reports it: {calls}");
        let unit = machine.unit().expect("written");
        let line = unit
            .lines()
            .find(|line| line.contains("UNREADY"))
            .expect("there");
        assert!(
            line.starts_with(&format!("Environment=\"GROUNDCREW_UNREADY={reason}")),
            "{line}"
        );
        assert_eq!(line.ends_with("UNREADY=\""), reason.is_empty(), "{line}");
    }
}
