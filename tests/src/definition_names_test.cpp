// SPDX-License-Identifier: GPL-2.0-or-later
// What a definition names of the host, element by element and argument by argument.
#include "src/guests/definition_names.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "src/guests/qemu_arguments.hpp"

using namespace ctrlpass;

namespace {

using Words = std::vector<std::string>;

std::vector<Named> of_devices(const std::string& devices, const std::string& more = "") {
    const auto named = named_in(
        "<domain type='kvm'><name>/dev/null</name><metadata><x y='/dev/sdz'/>"
        "</metadata>" +
        more + "<devices>" + devices + "</devices></domain>");
    REQUIRE_MESSAGE(named.has_value(), named.error().where);
    return *named;
}

Words what(const std::vector<Named>& named) {
    Words words;
    for (const Named& one : named) words.push_back(one.what);
    return words;
}

Words of_arguments(const Words& arguments) { return what(named_by_arguments(arguments)); }

}  // namespace

TEST_CASE("USB hostdevs are known by vendor and product, by number and by port") {
    const auto usb = [](const std::string& source) {
        return of_devices("<hostdev mode='subsystem' type='usb'>" + source +
                          "<address type='usb' bus='0' port='1'/></hostdev>");
    };
    const auto by_id =
        usb("<source startupPolicy='optional'><vendor id='0x046d'/><product id='50475'/></source>");
    CHECK(what(by_id) == Words{"USB device 046d:c52b"});
    CHECK(by_id.front().optional);
    CHECK(by_id.front().how == "<hostdev type='usb'>");
    const auto by_number = usb("<source><address bus='1' device='4'/></source>");
    CHECK(by_number.front().target == Named::Target(UsbMatch{{}, {}, 1, 4, ""}));
    CHECK_FALSE(by_number.front().optional);
    CHECK(what(usb("<source><address bus='3' port='2.1'/></source>")) ==
          Words{"USB device at port 2.1 of bus 3"});
    CHECK(usb("<source/>").empty());
}

TEST_CASE("every path below /dev is named, in whatever element, but not the guest's side") {
    CHECK(what(of_devices(
              "<input type='evdev'><source dev='/dev/input/by-id/usb-K-event-kbd' "
              "grab='all'/></input>"
              "<input type='passthrough'><source evdev='/dev/input/event7'/></input>"
              "<disk type='block'><source dev='/dev/disk/by-id/usb-S'/><backingStore type='block'>"
              "<source dev='/dev/sdc1'/></backingStore><target dev='/dev/vda'/></disk>"
              "<disk type='file'><source file='/dev/sdd'/></disk>"
              "<serial type='dev'><source path='/dev/ttyUSB0'/></serial>"
              "<console type='pty'><source path='/dev/pts/3'/></console>"
              "<rng><backend model='random'>\n /dev/hwrng\n</backend></rng>"
              "<hostdev mode='capabilities' type='misc'><source><char>/dev/input/event3</char>"
              "</source></hostdev>")) == Words{"/dev/input/by-id/usb-K-event-kbd",
                                               "/dev/input/event7", "/dev/disk/by-id/usb-S",
                                               "/dev/sdc1", "/dev/sdd", "/dev/ttyUSB0",
                                               "/dev/pts/3", "/dev/hwrng", "/dev/input/event3"});
}

TEST_CASE("SCSI and mediated devices, macvtap links and cards of ALSA are named") {
    CHECK(what(of_devices(
              "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host6'/>"
              "<address bus='0' target='1' unit='2'/></source></hostdev>"
              "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address "
              "uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source></hostdev>"
              "<interface type='direct'><source dev='enx001122334455' mode='bridge'/></interface>"
              "<audio id='1' type='alsa'><input dev='hw:2,0'/><output dev='plughw:CARD=Headset'/>"
              "</audio><audio id='2' type='alsa'><output dev='default'/></audio>")) ==
          Words{"SCSI device 6:0:1:2", "mediated device c2177883-f1bb-47f0-914d-32a22e3a8804",
                "network link enx001122334455", "sound card 2", "sound card Headset"});
}

TEST_CASE("a function in qemu:commandline is known in every spelling that QEMU takes") {
    for (const char* const value :
         {"vfio-pci,host=02:00.0", "vfio-pci,host=0000:02:00.0,id=x", "vfio-pci,id=x,host=2:0.0",
          "driver=vfio-pci,host=0000:02:00.0", "host=02:00.0,driver=vfio-pci",
          "vfio-pci-nohotplug,host=0x0000:0x02:0x00.0x0", "pci-assign,host=02:00.0",
          "vfio-pci,sysfsdev=/sys/bus/pci/devices/0000:02:00.0",
          "vfio-pci,sysfsdev=/sys/devices/pci0000:00/0000:00:01.2/0000:02:00.0/",
          R"({"driver":"vfio-pci","host":"02:00.0"})",
          R"({"id":"x","host":"0000:02:00.0","driver":"vfio-pci"})",
          "{'driver': 'vfio-pci', 'host': '0000:02:00.0'}"}) {
        CHECK_MESSAGE(of_arguments({"-device", value}) == Words{"0000:02:00.0"}, value);
        CHECK_MESSAGE(of_arguments({"-nodefaults", "--device", value}) == Words{"0000:02:00.0"},
                      value);
    }
    CHECK(of_arguments({"-set", "device.hostdev0.host=02:00.0"}) == Words{"0000:02:00.0"});
    CHECK(of_arguments({"-pcidevice", "host=02:00.0"}) == Words{"0000:02:00.0"});
    CHECK(of_arguments({"-device", "vfio-pci,host=10000:e1:1f.7"}) == Words{"10000:e1:1f.7"});
    for (const char* const value : {"vfio-pci,host=02:20.0", "vfio-pci,host=02:00",
                                    "vfio-pci,host=02:00.8", "vfio-pci,host=", "e1000,host=02:00.0",
                                    "{\"driver\":\"vfio-pci\"", "{}", "vfio-pci,,host=02:00.0"})
        CHECK_MESSAGE(of_arguments({"-device", value}).empty(), value);
    CHECK(of_arguments({"vfio-pci,host=02:00.0", "-device"}).empty());
}

TEST_CASE("usb-host is known by numbers in any base, and starts without most of them") {
    const auto of = [](const std::string& value) { return named_by_arguments({"-device", value}); };
    for (const char* const value :
         {"usb-host,vendorid=0x046d,productid=0xc52b", "usb-host,vendorid=1133,productid=50475",
          R"({"driver":"usb-host","vendorid":1133,"productid":50475,"hostbus":0})",
          "usb-host,vendorid=02155,productid=0142453", "usb-host,vendorid=046d,productid=c52b"}) {
        REQUIRE_MESSAGE(of(value).size() == 1, value);
        CHECK(of(value).front().what == "USB device 046d:c52b");
        CHECK(of(value).front().optional);
    }
    CHECK(what(of("usb-host,hostbus=1,hostaddr=0x4")) == Words{"USB device 4 of bus 1"});
    CHECK_FALSE(of("usb-host,hostbus=1,hostaddr=4").front().optional);
    CHECK(what(of("usb-host,hostbus=1,hostport=2.1")) == Words{"USB device at port 2.1 of bus 1"});
    CHECK(of("usb-host,hostbus=1,hostport=2.1").front().optional);
    CHECK(what(of("usb-host,hostdevice=/dev/bus/usb/001/004")) == Words{"/dev/bus/usb/001/004"});
    CHECK(what(of("usb-host")) == Words{"any USB device"});
    CHECK(of_arguments({"-usbdevice", "host:1.4"}) == Words{"USB device 4 of bus 1"});
    CHECK(of_arguments({"-usbdevice", "host:046d:c52b"}) == Words{"USB device 046d:c52b"});
    CHECK(of_arguments({"-usbdevice", "host:auto:2.*"}) == Words{"USB device on bus 2"});
    CHECK(of_arguments({"-usbdevice", "tablet"}).empty());
}

TEST_CASE("nodes and cards in QEMU's arguments and environment are named") {
    CHECK(of_arguments({"-drive", "file=/dev/sdb,format=raw,if=none", "-hdb", "/dev/sdc", "-drive",
                        "file=host_device:/dev/sdd", "-blockdev",
                        R"({"driver":"raw","file":{"driver":"host_device","filename":"/dev/sde"}})",
                        "-blockdev", "driver=raw,file.filename=/dev/sdf", "-drive",
                        R"(file=json:{"file.filename":"/dev/sdg"})"}) ==
          Words{"/dev/sdb", "/dev/sdc", "/dev/sdd", "/dev/sde", "/dev/sdf", "/dev/sdg"});
    CHECK(of_arguments({"-object", "input-linux,id=k,evdev=/dev/input/by-id/usb-K,grab_all=on",
                        "-chardev", "tty,id=s,path=/dev/ttyUSB0", "-serial", "mon:/dev/ttyACM1",
                        "-object", "{\"qom-type\":\"rng-random\",\"filename\":\"/dev/hwrng\"}"}) ==
          Words{"/dev/input/by-id/usb-K", "/dev/ttyUSB0", "/dev/ttyACM1", "/dev/hwrng"});
    CHECK(of_arguments(
              {"-audiodev", "alsa,id=a,in.dev=hw:1,,0,out.dev=plughw:CARD=Headset,,DEV=0"}) ==
          Words{"sound card 1", "sound card Headset"});
    CHECK(what(named_by_environment({{"QEMU_ALSA_DAC_DEV", "hw:1"},
                                     {"QEMU_OSS_ADC_DEV", "/dev/dsp1"},
                                     {"HOME", "/root"}})) == Words{"sound card 1", "/dev/dsp1"});
}

TEST_CASE("arguments are read under any prefix of QEMU's namespace, with what they stood as") {
    const auto named =
        of_devices("",
                   "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
                   "<qemu:arg value='-device'/><qemu:arg value='vfio-pci,host=02:00.0'/>"
                   "<qemu:env name='QEMU_ALSA_ADC_DEV' value='hw:3'/></qemu:commandline>"
                   "<q:commandline><q:arg value='-hda'/><q:arg value='/dev/sdb'/>"
                   "</q:commandline>");
    CHECK(what(named) == Words{"0000:02:00.0", "sound card 3", "/dev/sdb"});
    CHECK(named.front().how == "qemu:commandline, -device vfio-pci,host=02:00.0");
}

TEST_CASE("hostile definitions are read with bounded lists") {
    std::string devices;
    for (int i = 0; i < 3000; ++i)
        devices += "<disk type='block'><source dev='/dev/x" + std::to_string(i) + "'/></disk>";
    CHECK(of_devices(devices).size() == 1024);
    CHECK(of_arguments({"-device", std::string(1U << 20U, ',')}).empty());
    CHECK(of_arguments({"-device", std::string(100000, '{')}).empty());
    CHECK(of_arguments({"-device", "{\"driver\":" + std::string(30000, '[')}).empty());
    CHECK_FALSE(named_in("<domain><devices>").has_value());
}
