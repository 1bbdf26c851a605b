// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Limits} from "../ITransferRules.sol";

/// @notice Limits and what was used of a day, in one word. From the lowest bit: grams of a transfer 56, grams of a day 56, seconds of
/// the delay 24, seconds until trust counts 24, whether limits are set 8, the day 24, grams used of it 56.
type Allowance is uint256;

using Allowances for Allowance global;

/// @title Limits packed into a word.
/// @notice Every transfer reads three of them; as a struct in memory that would cost it thousands of gas.
library Allowances {
    uint256 private constant GRAMS_MASK = (1 << 56) - 1;
    uint256 private constant SECONDS_MASK = (1 << 24) - 1;
    uint256 private constant DAY_GRAMS_AT = 56;
    uint256 private constant DELAY_AT = 112;
    uint256 private constant TRUST_AT = 136;
    uint256 private constant SET_AT = 160;
    uint256 private constant DAY_AT = 168;
    uint256 private constant USED_AT = 192;
    uint256 private constant DAY_GRAMS_MASK = GRAMS_MASK << DAY_GRAMS_AT;
    uint256 private constant DELAY_MASK = SECONDS_MASK << DELAY_AT;
    uint256 private constant TRUST_MASK = SECONDS_MASK << TRUST_AT;
    uint256 private constant LIMITS_MASK = (1 << DAY_AT) - 1;

    /// @notice The limits alone.
    function pack(Limits memory limits) internal pure returns (Allowance) {
        return Allowance.wrap(
            uint256(limits.perTransferGrams) | uint256(limits.perDayGrams) << DAY_GRAMS_AT | uint256(limits.delaySeconds)
                << DELAY_AT | uint256(limits.trustSeconds) << TRUST_AT | (limits.isSet ? 1 << SET_AT : 0)
        );
    }

    /// @notice The limits of a word. The casts cut off what lies above each.
    function unpack(Allowance self) internal pure returns (Limits memory) {
        uint256 word = Allowance.unwrap(self);
        return Limits({
            perTransferGrams: uint56(word),
            perDayGrams: uint56(word >> DAY_GRAMS_AT),
            delaySeconds: uint24(word >> DELAY_AT),
            trustSeconds: uint24(word >> TRUST_AT),
            isSet: isSet(self)
        });
    }

    /// @notice The stricter of both, value by value. What is used of the day is left out.
    function stricter(Allowance a, Allowance b) internal pure returns (Allowance) {
        (uint256 x, uint256 y) = (Allowance.unwrap(a), Allowance.unwrap(b));
        if (!isSet(b)) return Allowance.wrap(x & LIMITS_MASK);
        if (!isSet(a)) return Allowance.wrap(y & LIMITS_MASK);
        // Each value is compared where it lies, which saves shifting it down and up again.
        uint256 grams = _least(x & GRAMS_MASK, y & GRAMS_MASK) | _least(x & DAY_GRAMS_MASK, y & DAY_GRAMS_MASK);
        uint256 times = _greatest(x & DELAY_MASK, y & DELAY_MASK) | _greatest(x & TRUST_MASK, y & TRUST_MASK);
        return Allowance.wrap(grams | times | 1 << SET_AT);
    }

    /// @notice The same with other limits; what is used of the day stays.
    function withLimits(Allowance self, Allowance limits) internal pure returns (Allowance) {
        return Allowance.wrap((Allowance.unwrap(self) & ~LIMITS_MASK) | (Allowance.unwrap(limits) & LIMITS_MASK));
    }

    /// @notice The same with this used of this day, which must fit 56 and 24 bits.
    function withUsed(Allowance self, uint256 day_, uint256 grams) internal pure returns (Allowance) {
        return Allowance.wrap((Allowance.unwrap(self) & LIMITS_MASK) | day_ << DAY_AT | grams << USED_AT);
    }

    /// @notice Whether both have the same limits.
    function sameLimits(Allowance a, Allowance b) internal pure returns (bool) {
        return (Allowance.unwrap(a) ^ Allowance.unwrap(b)) & LIMITS_MASK == 0;
    }

    function perTransferGrams(Allowance self) internal pure returns (uint256) {
        return Allowance.unwrap(self) & GRAMS_MASK;
    }

    function perDayGrams(Allowance self) internal pure returns (uint256) {
        return Allowance.unwrap(self) >> DAY_GRAMS_AT & GRAMS_MASK;
    }

    function delaySeconds(Allowance self) internal pure returns (uint256) {
        return Allowance.unwrap(self) >> DELAY_AT & SECONDS_MASK;
    }

    function trustSeconds(Allowance self) internal pure returns (uint256) {
        return Allowance.unwrap(self) >> TRUST_AT & SECONDS_MASK;
    }

    function isSet(Allowance self) internal pure returns (bool) {
        return Allowance.unwrap(self) >> SET_AT & 1 == 1;
    }

    /// @notice Grams used of a day, 0 of any other than the one noted.
    function usedOn(Allowance self, uint256 day_) internal pure returns (uint256) {
        uint256 word = Allowance.unwrap(self);
        return word >> DAY_AT & SECONDS_MASK == day_ ? word >> USED_AT : 0;
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function _greatest(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }
}
