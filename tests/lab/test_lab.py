"""Real USB, udev, sysfs and pcscd, in the virtual hardware lab. One boot a test: booting costs more than asking."""

from __future__ import annotations

import pytest

from tests.lab.conftest import Guest, answers

pytestmark = pytest.mark.lab


#: what the lab's printer can be told to be -> its fault; what is read of a status is the same on both links, so that
#: each link has its share of them, and the silent and the garbled one
SERIAL_WORDS = {
    "paper-end": "PRN-PAPER-END",
    "near-end": "PRN-PAPER-NEAR-END",
    "cutter-error": "PRN-CUTTER",
    "mute": "PRN-MUTE",
    "garbage": "PRN-GARBLED",
}
#: the guest may stand still for a second and more while the machine that it runs on is busy
PATIENT = "--set printer.timeout_s=4"
#: the generic profiles leave open whether the printer answers at all; the lab's does
ANSWERS = "--set printer.answers=status"
USB_WORDS = {
    "cover-open": "PRN-COVER-OPEN",
    "head-hot": "PRN-HEAD-HOT",
    "unrecoverable": "PRN-BOARD",
    "offline": "PRN-OFFLINE",
    "mute": "PRN-MUTE",
    "garbage": "PRN-GARBLED",
}


def test_a_printer_on_a_usb_serial_adapter(guest: Guest) -> None:
    """Healthy, every fault, a proven test print that arrives, unplugged before and in the middle of a run."""
    script = f"""
    run="run generic/escpos-thermal --set printer.at=/dev/ttyUSB0 --set printer.baud=115200 {PATIENT} {ANSWERS}"
    echo "== healthy"; p $run --level external; causes; grep -A1 '"name": "proof"' /tmp/record | grep -o '"value": .*'
    labctl state ftdi-printer | tr -d '\\n' | grep -o 'posdiag test print' | head -1
    echo "== mark"; p $run --set printer.process_response=true --level external; causes
    grep -A1 '"name": "proof"' /tmp/record | grep -o '"value": .*'
    for word in {" ".join(SERIAL_WORDS)}; do
      labctl fault ftdi-printer $word; echo "== $word"; p $run; causes
    done
    labctl fault ftdi-printer jam-on-cut; echo "== jam-on-cut"; p $run --level external; causes
    labctl fault ftdi-printer mute
    echo "== mid-run"
    (sleep 2; labctl unplug ftdi-printer) &
    p $run --set printer.timeout_s=20; causes
    grep -o 'vanished at read' /tmp/record | head -1
    echo "== unplugged"; p $run; causes
    """
    got = answers(guest("ftdi-printer", script))
    assert got["healthy"][:1] == ["exit 0"]
    assert "causes" in got["healthy"]
    assert '"value": "status",' in got["healthy"]
    assert "posdiag test print" in got["healthy"]
    assert got["mark"][0] == "exit 0"
    assert '"value": "mark",' in got["mark"]
    more = {"jam-on-cut": "PRN-CUTTER", "mid-run": "PRN-ABSENT", "unplugged": "PRN-ABSENT"}
    for label, fault in {**SERIAL_WORDS, **more}.items():
        assert got[label][0] == ("exit 0" if label == "near-end" else "exit 1"), label
        assert f"causes {fault}" in got[label], label


def test_stripe_readers(guest: Guest) -> None:
    """A keyboard and a HID reader, swiped as the prompts say: read and grabbed, set up wrongly, held, unplugged."""
    script = r"""
    echo "magstripe.was_it_swiped=yes" > /tmp/answers
    wedge="run magtek/sureswipe-keyboard" hid="run magtek/sureswipe-hid"
    one="%B4111111111111111^CARD/TEST^30121010000000000000?;4111111111111111=30121010000000000000?"
    # swiping READER CARD SECOND-CARD COMMAND...: does what the prompts say
    swiping() {
      reader=$1 first=$2 second=$3; shift 3; rm -f /tmp/prompts; mkfifo /tmp/prompts
      (while read -r line; do case "$line" in
        magstripe.swipe*second*|magstripe.swipe*third*) labctl swipe "$reader" "$second" > /dev/null;;
        magstripe.swipe*) labctl swipe "$reader" "$first" > /dev/null;;
        *Traceback*) echo "$line";;
      esac; done < /tmp/prompts) &
      python -m diag.cli "$@" --level interactive --answers /tmp/answers --json > /tmp/record 2> /tmp/prompts
      echo "exit $?"; wait $!; grep -c 4111 /tmp/record; causes
    }
    # somebody else at the same keyboard: listen until the file is gone, or grab it so long
    other() { touch /tmp/go; python - "$1" <<'PY' &
import evdev, os, select, sys
device = next(d for d in map(evdev.InputDevice, evdev.list_devices()) if d.info.vendor == 0x801)
if sys.argv[1] == "grab":
    device.grab()
open("/tmp/there", "w").close()
keys = 0
while os.path.exists("/tmp/go"):
    if select.select([device], [], [], 0.2)[0]:
        keys += sum(event.type == 1 for event in device.read())
print("keys" if keys else "no keys")
PY
      until [ -e /tmp/there ]; do sleep 0.1; done; rm /tmp/there; }
    gone() { rm /tmp/go; wait; }
    echo "== wedge"; other listen; swiping gadget-hid-msr "$one" "$one" $wedge; gone
    grep -o '"usb_id": "[^"]*"' /tmp/record
    echo "== let go"; other listen; labctl swipe gadget-hid-msr good > /dev/null; gone
    echo "== setting"; swiping gadget-hid-msr "4111111111111111=30121010000000000000" "5555555555554444=3012" $wedge
    echo "== held"; other grab; p $wedge; causes; grep -q 'python.*(pid' /tmp/record && echo named; gone
    echo "== hid"
    swiping gadget-hid-msr-raw "%E?;4111111111111111=3012?" "%E?;5555555555554444=3012?" $hid
    echo "== user"; setpriv --reuid 1000 --regid 1000 --clear-groups python -m diag.cli $hid --json > /tmp/r 2>&1
    echo "exit $?"; grep -o HOST-PERMISSION /tmp/r | head -1
    echo "== unplugged"; (sleep 4; labctl unplug gadget-hid-msr-raw) &
    p $hid --level interactive --answers /tmp/answers --set magstripe.swipe_s=20; causes; wait
    echo "== simulated wedge"; p demo generic/msr-wedge --level interactive; causes
    echo "== simulated hid"; p demo generic/msr-hid --fault MSR-ONE-DIRECTION --level interactive; causes
    grep -o '"firmware": "21042812D01"' /tmp/record
    """
    got = answers(guest("gadget-hid-msr,gadget-hid-msr-raw", script, "--modules", "uinput,uhid"))
    expected = {
        "wedge": ["exit 0", "0", "causes", "no keys", '"usb_id": "0801:0001"'],
        "let go": ["keys"],
        "setting": ["exit 1", "0", "causes MSR-SETTING"],
        "held": ["exit 3", "causes HOST-BUSY", "named", "no keys"],
        "hid": ["exit 1", "0", "causes MSR-TRACK1"],
        "user": ["exit 3", "HOST-PERMISSION"],
        "unplugged": ["exit 1", "causes MSR-ABSENT"],
        "simulated wedge": ["exit 0", "causes"],
        "simulated hid": ["exit 1", "causes MSR-ONE-DIRECTION", '"firmware": "21042812D01"'],
    }
    assert {label: [line.strip() for line in lines] for label, lines in got.items()} == expected


def test_a_card_reader(guest: Guest) -> None:
    """Card in, out, broken, never answering (libccid alone takes minutes); reader unplugged; pcscd stopped."""
    script = """
    card() { labctl fault ccid no-card; sleep 1; labctl fault ccid "$1"; sleep 1.5; }
    run="run generic/pcsc" runs=/tmp/.local/state/posdiag/runs
    echo "== card"; p $run; causes; grep -o '"reader": "[^"]*"' /tmp/record
    echo "== abilities"; grep -oE '"(maker|usb_id|serial_number)": "[^"]*"' /tmp/record
    grep -A1 -E '"(usb_default_clock|usb_max_data_rate|card_kind|applications)"' /tmp/record | grep -o '"value": .*'
    began() { until grep -q '"check-start".*'$1 $runs/*.jsonl 2>/dev/null; do sleep 0.1; done; sleep 0.5; }
    touch /tmp/answers
    echo "== out"; rm -f $runs/*; (began removal; labctl card out) &
    p $run --level interactive --answers /tmp/answers; causes; wait
    grep -A1 '"removal_noticed"' /tmp/record | grep -o '"value": .*'
    echo "== in"; rm -f $runs/*; (began insertion; labctl card in; began removal; labctl card out) &
    p $run --level interactive --answers /tmp/answers; causes; wait
    grep -A1 '"removal_noticed"' /tmp/record | grep -o '"value": .*'
    labctl card in; card slow=0.3
    echo "== loose"; rm -f $runs/*; (began contact_quality; labctl unplug ccid; sleep 1; labctl plug ccid) &
    p $run --set card_reader.return_s=15 --set card_reader.slow_s=20; causes; wait; sleep 2
    grep -E '"(detail|evidence)": ".+"' /tmp/record
    card bad-atr; echo "== bad-atr"; p $run; causes
    card no-card; echo "== no-card"; p $run; causes
    card no-pse; echo "== no-pse"; p $run; causes; grep -o '"6A82"' /tmp/record
    labctl unplug ccid; sleep 1; echo "== unplugged"; p $run; causes
    labctl plug ccid; sleep 3; echo "== plugged"; p $run; causes
    card no-answer; echo "== no-answer"; date +%s > /tmp/begin; p $run; causes
    echo "seconds $(($(date +%s) - $(cat /tmp/begin)))"
    pkill pcscd; sleep 1; rm -f /run/pcscd/pcscd.comm
    echo "== stopped"; p $run; causes
    mv /usr/lib/pcsc/drivers/ifd-ccid.bundle /tmp; pkill -9 pcscd; rm -f /run/pcscd/*; pcscd; sleep 1
    echo "== no driver"; p $run; causes
    python -m diag.cli doctor | grep -o 'pcscd has no driver for the card reader 08e6:4433'
    """
    got = answers(guest("ccid", script))
    assert got["card"][0] == "exit 0"
    assert "Gemalto" in got["card"][-1]
    told = {'"maker": "QEMU"', '"usb_id": "08e6:4433"', '"value": 4000,', '"value": "payment",'}
    assert told <= set(got["abilities"])
    for label in ("out", "in"):
        assert [line.strip() for line in got[label]] == ["exit 0", "causes", '"value": true,'], label
    assert got["loose"][0] == "exit 1"
    assert "causes ICC-CABLE" in got["loose"]
    assert got["bad-atr"][0] == "exit 1"
    assert "causes ICC-ATR-BAD" in got["bad-atr"]
    assert "causes ICC-CARD-ABSENT" in got["no-card"]
    assert got["no-pse"][0] == "exit 0"
    assert '"6A82"' in got["no-pse"]
    assert "causes ICC-ABSENT" in got["unplugged"]
    assert got["plugged"][0] == "exit 0"
    assert got["no-answer"][0] == "exit 1"
    assert "causes ICC-CARD-MUTE" in got["no-answer"]
    assert int(got["no-answer"][-1].split()[1]) < 60
    assert got["stopped"][0] == "exit 3"
    assert "causes HOST-SERVICE" in got["stopped"]
    assert got["no driver"] == [
        "exit 3",
        "causes HOST-DRIVER",
        "pcscd has no driver for the card reader 08e6:4433",
    ]


#: what the battery says of itself -> what a voltage below the limit means then
UNDERVOLT = {"Full": "PWR-BATTERY-DEAD", "Not charging": "PWR-BATTERY-LOW", "Discharging": "PWR-BATTERY-LOW"}


def test_battery_and_adapter_of_the_acpi(guest: Guest) -> None:
    """The kernel's own ACPI drivers; a mouse's empty battery beside them counts nothing."""
    script = """
    run="run generic/linux-power --set power.battery=required"
    echo "== healthy"; p $run; causes; grep -A1 -E '"peripheral_batteries"' /tmp/record
    labctl power critical; echo "== critical"; p $run; causes
    labctl power low; echo "== low"; p $run --set power.low_pct=15; causes
    echo "== unplugged"; p $run; causes
    labctl power worn; echo "== worn"; p $run; causes
    labctl power ac-off; echo "== ac-off"; p $run --set power.adapter=required; causes
    labctl power no-battery; echo "== no-battery"; p $run; causes
    labctl power undervolt; echo "== undervolt"; p $run --set power.limits.voltage_v.min=10; causes
    cat /sys/class/power_supply/BAT0/status
    labctl power; echo "== mid-run"; rm /tmp/errors
    (until grep -qs unplug_charger /tmp/errors; do sleep 0.2; done; labctl power ac-off) &
    printf 'power.unplug_charger=done\npower.plug_charger=done\n' > /tmp/answers
    printf 'power.plug_charger_again=done\npower.look_at_battery=flat\n' >> /tmp/answers
    p $run --level interactive --answers /tmp/answers --set power.follow_s=9; causes
    python -c 'import json; print(*(m["name"] for c in json.load(open("/tmp/record"))["components"][0]["checks"] \
      for m in c["measurements"] if m["name"].startswith("follows") and m["value"]))'
    """
    got = answers(guest("power,uhid-battery:level=2", script))
    assert got["healthy"][0] == "exit 0"
    assert any('"value": 1' in line for line in got["healthy"])
    assert "causes PWR-BATTERY-LOW" in got["critical"]
    assert "causes PWR-BATTERY-LOW" in got["low"]
    assert got["unplugged"] == ["exit 0", "causes"]  # 12 % on battery: the profile's limit is 10 %
    assert "causes PWR-BATTERY-WORN" in got["worn"]
    assert "causes PWR-ADAPTER-ABSENT" in got["ac-off"]
    assert "causes PWR-BATTERY-ABSENT" in got["no-battery"]
    assert got["undervolt"][:2] == ["exit 1", f"causes {UNDERVOLT[got['undervolt'][2]]}"]
    # unplugged by the lab in the middle of the run, and not plugged in again
    assert got["mid-run"] == ["exit 1", "causes PWR-CHARGER", "follows_unplugging"]


def test_an_ordinary_user_without_rights(guest: Guest) -> None:
    """The port's permission is the bench's trouble, and the remedy that is printed mends it."""
    run = 'run="run generic/escpos-thermal --set printer.at=/dev/ttyUSB0"\n'
    script = """
    echo "== denied"; p $run; causes
    echo "== modem"; p run telit/he910; causes
    echo "== remedy"; python -m diag.cli $run 2>/dev/null
    echo "== doctor"; python -m diag.cli doctor
    true
    """
    got = answers(guest("ftdi-printer,gadget-acm-modem", run + script, "--uid", "1000"))
    assert got["denied"][0] == "exit 3"
    assert "causes HOST-PERMISSION" in got["denied"]
    assert got["modem"] == ["exit 3", "causes HOST-PERMISSION"]
    assert any("usermod -aG dialout" in line for line in got["remedy"])
    assert any("/dev/ttyUSB0" in line and "dialout" in line for line in got["doctor"])
    assert not any("group root" in line for line in got["doctor"])
    member = answers(
        guest("ftdi-printer", run + 'echo "== member"; p $run; true', "--uid", "1000", "--groups", "dialout")
    )
    assert member["member"] == ["exit 0"]


def test_a_usb_printer(guest: Guest) -> None:
    """Printer class through libusb and through usblp; left as it was found; unplugged in the middle of a run."""
    script = f"""
    usb="run generic/escpos-thermal --set printer.at=usb:04b8:0202 {PATIENT} {ANSWERS}"
    node="run generic/escpos-thermal --set printer.at=/dev/usb/lp* {PATIENT}"
    bound() {{ echo "bound $(ls /sys/bus/usb/drivers/usblp | grep -c ':')"; }}
    bound
    echo "== libusb"; p $usb --level external; causes; grep -o '"device_id": "[^"]*"' /tmp/record; bound
    echo "== usblp"; p $node --level external; causes; bound
    for word in {" ".join(USB_WORDS)}; do
      labctl fault gadget-printer $word
      echo "== libusb $word"; p $usb; causes; bound
    done
    labctl fault gadget-printer head-hot; echo "== usblp head-hot"; p $node; causes
    echo "== mid-run"; (sleep 2; labctl unplug gadget-printer) &
    p $usb --set printer.timeout_s=20; causes
    echo "== unplugged"; p $usb; causes
    echo "== unplugged node"; p $node; causes
    """
    got = answers(guest("gadget-printer", script))
    for way in ("libusb", "usblp"):
        assert got[way][0] == "exit 0", got[way]
        assert "causes" in got[way]
        assert got[way][-1] == "bound 1"
    for word, fault in USB_WORDS.items():
        assert f"causes {fault}" in got[f"libusb {word}"], word
        assert got[f"libusb {word}"][-1] == "bound 1", word
    assert "causes PRN-HEAD-HOT" in got["usblp head-hot"]
    assert any(line.startswith('"device_id": "') and len(line) > 20 for line in got["libusb"])
    for label in ("mid-run", "unplugged", "unplugged node"):
        assert got[label][0] == "exit 1", label
        assert "causes PRN-ABSENT" in got[label], label


def test_the_port_of_a_usb_printer_tells_its_status(guest: Guest) -> None:
    """Paper empty from usblp and libusb while the printer is mute; another program's node; usblp not loaded."""
    script = f"""
    usb="run generic/escpos-thermal --set printer.at=usb:04b8:0202 {PATIENT}"
    node=$(echo /dev/usb/lp*)
    status() {{ grep -A1 '"port_status",' /tmp/record | grep -o '"value": .*'; }}
    echo "== healthy"; p $usb; status; p run generic/escpos-thermal --set printer.at=$node {PATIENT}; status
    labctl fault gadget-printer paper-end+mute
    echo "== libusb"; p $usb; causes; grep -o 'port status: .*paper end' /tmp/record | head -1
    ln -s $node /dev/receipts
    echo "== usblp"; p run generic/escpos-thermal --set printer.at=/dev/receipts {PATIENT}; causes
    grep -o 'port status: .*paper end' /tmp/record | head -1
    labctl fault gadget-printer; sleep 1
    echo "== held"; sleep 60 < $node & held=$!; sleep 0.5; p $usb; causes
    grep -o "sleep 60 (pid [0-9]*) as $node" /tmp/record | head -1
    kill $held; wait $held 2> /dev/null
    place=$(basename $(dirname $(readlink -f /sys/bus/usb/drivers/usblp/*:*)))
    echo "== place"; p run generic/escpos-thermal --set printer.at=usb:$place {PATIENT}; causes
    rmmod usblp
    echo "== no usblp"; p run generic/escpos-thermal --set printer.at=$node; causes
    grep -o 'sudo modprobe usblp' /tmp/record | head -1
    echo "== doctor"; python -m diag.cli doctor | grep -o "no kernel driver has made a node of it"
    true
    """
    got = answers(guest("gadget-printer", script))
    assert got["healthy"] == ["exit 0", '"value": "18",'] * 2
    assert got["libusb"][0] == got["usblp"][0] == "exit 1"
    for label in ("libusb", "usblp"):
        assert got[label][1].startswith("causes PRN-PAPER-END"), got
        assert got[label][2].startswith("port status: "), got
    assert got["held"][:2] == ["exit 3", "causes HOST-BUSY"]
    assert got["held"][2].startswith("sleep 60 (pid ")
    assert got["place"] == ["exit 0", "causes"]
    assert got["no usblp"] == ["exit 3", "causes HOST-DRIVER", "sudo modprobe usblp"]
    assert got["doctor"] == ["no kernel driver has made a node of it"]


@pytest.mark.parametrize("rule", [False, True])
def test_a_usb_printer_and_an_ordinary_user(guest: Guest, rule: bool) -> None:
    """Without a right to the device the remedy is printed; the group of the printer node is enough for usblp."""
    script = """
    echo "== libusb"; p run generic/escpos-thermal --set printer.at=usb:04b8:0202; causes
    """
    groups = ["--groups", "lp"] if rule else []
    got = answers(guest("gadget-printer", script, "--uid", "1000", *groups))
    assert got["libusb"][0] == ("exit 0" if rule else "exit 3")
    assert ("causes" if rule else "causes HOST-PERMISSION") in got["libusb"]


def test_the_udev_rules_mark_a_printer(guest: Guest) -> None:
    """Installed by the command, read by the real udev: the printer is marked and tagged, a keyboard is not.

    ModemManager is told to leave the printer alone.
    """
    script = """
    python -m diag.cli udev --install 2>/dev/null
    udevadm settle
    echo "== properties"
    for device in /sys/bus/usb/devices/*; do
      [ -e $device/idVendor ] || continue
      echo "$(cat $device/idVendor) $(udevadm info -p $device | grep -E 'ID_POSDIAG|TAGS|ID_MM_DEV' | tr '\\n' ' ')"
    done
    echo "== doctor"; python -m diag.cli doctor | grep -i rules
    python -m diag.cli udev --remove 2>&1 | sed -n '$p' | sed 's/^/== /'; ls /etc/udev/rules.d | grep posdiag
    true
    """
    got = answers(guest("gadget-printer,usb-keyboard", script))
    printer = [line for line in got["properties"] if line.startswith("04b8")]
    assert printer
    assert all(word in line for line in printer for word in ("ID_POSDIAG=printer", "uaccess", "ID_MM_DEVICE_IGNORE=1"))
    assert not any("ID_POSDIAG" in line or "ID_MM" in line for line in got["properties"] if not line.startswith("04b8"))
    assert got["doctor"] == ["✓ the udev rules are installed"]
    assert got["udev has read the rules and applied them to the devices that are attached"] == []
