// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/zpool_cache.hpp"

namespace ctrlpass {

namespace {

constexpr int deepest_list = 12;  // vdevs within vdevs; a real one has five
constexpr std::size_t most_pairs = 100'000;
constexpr std::size_t most_devices = 4096;

constexpr std::uint32_t type_uint64 = 8;
constexpr std::uint32_t type_string = 9;
constexpr std::uint32_t type_nvlist = 19;
constexpr std::uint32_t type_nvlist_array = 20;

/// Reads numbers and strings of XDR (RFC 4506) from the front; after one that is not there it has
/// failed, and everything read from it is nothing.
class Xdr {
  public:
    explicit Xdr(std::string_view text) : text_(text) {}

    bool failed() const { return failed_; }
    std::size_t left() const { return text_.size(); }

    std::uint32_t number() {
        if (!has(4)) return 0;
        std::uint32_t value = 0;
        for (const char c : take(4)) value = value << 8U | static_cast<unsigned char>(c);
        return value;
    }
    std::uint64_t long_number() {
        const std::uint64_t high = number();
        return high << 32U | number();
    }
    std::string_view string() {
        const std::size_t length = number();
        const std::size_t padded = (length + 3) / 4 * 4;
        if (!has(padded)) return {};
        return take(padded).substr(0, length);
    }
    /// The next bytes by themselves.
    Xdr part(std::size_t length) {
        if (!has(length)) return Xdr({});
        return Xdr(take(length));
    }

  private:
    bool has(std::size_t length) {
        failed_ = failed_ || length > text_.size();
        return !failed_;
    }
    std::string_view take(std::size_t length) {
        const auto front = text_.substr(0, length);
        text_.remove_prefix(length);
        return front;
    }

    std::string_view text_;
    bool failed_ = false;
};

class Parser {
  public:
    /// A list of lists, one for each pool.
    std::optional<std::vector<CachedPool>> parse(Xdr text) {
        // Encoding (1: XDR), byte order of who wrote it, two bytes of nothing.
        if (text.number() >> 24U != 1) return std::nullopt;
        list(text, 0, {});
        if (text.failed() || failed_) return std::nullopt;
        return std::move(pools_);
    }

  private:
    /// Version, flags, then pairs up to one without a size.
    void list(Xdr& text, int depth, const std::string& part) {
        text.number();
        text.number();
        CachedPool::Device device;
        std::string inner = part;
        while (!text.failed() && !failed_) {
            const std::uint32_t size = text.number();
            text.number();
            if (text.failed() || size == 0) break;
            if (size < 8 || ++pairs_ > most_pairs || depth > deepest_list) return give_up();
            Xdr pair = text.part(size - 8);
            one_pair(pair, depth, inner, device);
            if (pair.failed()) return give_up();
        }
        if (text.failed()) return give_up();
        device.part = inner;
        if (device.path.empty() || pools_.empty()) return;
        if (pools_.back().devices.size() >= most_devices) return give_up();
        pools_.back().devices.push_back(std::move(device));
    }

    void one_pair(Xdr& pair, int depth, std::string& part, CachedPool::Device& device) {
        const std::string name(pair.string());
        const std::uint32_t type = pair.number();
        std::uint32_t count = pair.number();
        if (type == type_string && name == "path") device.path = pair.string();
        if (type == type_uint64) {
            const std::uint64_t value = pair.long_number();
            if (name == "guid") device.guid = std::to_string(value);
            if (name == "is_log" && value == 1) part = "log";
            if (name == "pool_guid" && depth == 1 && !pools_.empty())
                pools_.back().guid = std::to_string(value);
        }
        if (type == type_nvlist && depth == 0) pools_.push_back({name, {}, {}});
        if (type != type_nvlist && type != type_nvlist_array) return;
        if (type == type_nvlist) count = 1;
        const std::string inner = name == "l2cache" ? "cache" : name == "spares" ? "spare" : part;
        // Each takes at least the 16 bytes of an empty one.
        if (count > pair.left() / 16 + 1) return give_up();
        for (std::uint32_t i = 0; i < count && !failed_; ++i) list(pair, depth + 1, inner);
    }

    void give_up() { failed_ = true; }

    std::vector<CachedPool> pools_;
    std::size_t pairs_ = 0;
    bool failed_ = false;
};

}  // namespace

std::optional<std::vector<CachedPool>> parse_zpool_cache(std::string_view text) {
    return Parser().parse(Xdr(text));
}

}  // namespace ctrlpass
