# SPDX-License-Identifier: Apache-2.0
"""The words of the Core Business Vocabulary, their three spellings, and what may be said in which unit.

A word is written bare in JSON (`shipping`), as a web address (`https://ref.gs1.org/cbv/BizStep-shipping`) or, in XML
and before version 2, as a URN (`urn:epcglobal:cbv:bizstep:shipping`). All three are the same word.

Source: GS1 CBV 2.0 §7 (standard vocabularies) and §8.9; GS1 Web Vocabulary (measurement types); UNECE
Recommendation 20 (units); facts re-stated.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from cocket.standards.epcis.identifiers import is_uri

CBV = "https://ref.gs1.org/cbv/"
GS1 = "https://gs1.org/voc/"
#: Prefixes that the context of EPCIS declares, so that a document need not.
STANDARD_PREFIXES = {
    "gs1": "https://gs1.org/voc/",
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "dcterms": "http://purl.org/dc/terms/",
}

_WEB = ("https://ref.gs1.org/cbv/", "https://ns.gs1.org/cbv/", "http://ns.gs1.org/cbv/", "cbv:")
_VOC = ("https://gs1.org/voc/", "https://ref.gs1.org/voc/", "http://gs1.org/voc/", "https://www.gs1.org/voc/", "gs1:")


def words(text: str) -> tuple[str, ...]:
    """The words of a text, in order: how tables here list names.

    Source: the table.
    """
    return tuple(text.split())


class Vocabulary(msgspec.Struct, frozen=True):
    """A closed list of words, beside which anybody may use a URI of their own.

    Attributes:
        web: What stands before a word in its web address.
        urn: What stands before it in its URN; None where it has none.
        words: The words.
    """

    web: str
    urn: str | None
    words: frozenset[str]

    def word_of(self, value: str) -> str | None:
        """The word that a value is, in whichever spelling; None if it is a URI of somebody's own.

        Source: GS1 CBV 2.0 §7.
        """
        prefixes = _VOC if self.web == GS1 else tuple(each + self.web.removeprefix(CBV) for each in _WEB)
        for prefix in (*prefixes, *((self.urn,) if self.urn else ())):
            if value.startswith(prefix):
                return value.removeprefix(prefix)
        return value if ":" not in value else None

    def allows(self, value: Any) -> bool:
        """Whether a value is one of the words, or a URI of somebody's own.

        Source: GS1 CBV 2.0 §6.2.
        """
        if not isinstance(value, str):
            return False
        word = self.word_of(value)
        return is_uri(value) if word is None else word in self.words

    def full(self, value: str) -> str:
        """A word as its web address; a URI of somebody's own as it is.

        Source: GS1 CBV 2.0 §8.9.
        """
        word = self.word_of(value)
        return value if word is None or word not in self.words else f"{self.web}{word}"


def _vocabulary(web: str, urn: str | None, listed: str) -> Vocabulary:
    return Vocabulary(web, urn, frozenset(words(listed)))


STEPS = _vocabulary(
    f"{CBV}BizStep-",
    "urn:epcglobal:cbv:bizstep:",
    """accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
    decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
    installing killing loading other packing picking receiving removing repackaging repairing replacing reserving
    retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting
    unloading unpacking void_shipping""",
)
DISPOSITIONS = _vocabulary(
    f"{CBV}Disp-",
    "urn:epcglobal:cbv:disp:",
    """active available completeness_inferred completeness_verified conformant container_closed container_open damaged
    destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance
    mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled
    reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown""",
)
TRANSACTIONS = _vocabulary(
    f"{CBV}BTT-",
    "urn:epcglobal:cbv:btt:",
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt",
)
ENDS = _vocabulary(f"{CBV}SDT-", "urn:epcglobal:cbv:sdt:", "location owning_party possessing_party")
REASONS = _vocabulary(f"{CBV}ER-", "urn:epcglobal:cbv:er:", "did_not_occur incorrect_data")
COMPONENTS = _vocabulary(
    f"{CBV}Comp-",
    "urn:epcglobal:cbv:comp:",
    """altitude axial_distance azimuth easting elevation_angle height latitude longitude northing polar_angle
    spherical_radius x y z""",
)
ALERTS = _vocabulary(GS1, None, "ALARM_CONDITION ERROR_CONDITION")
MEASUREMENTS = _vocabulary(
    GS1,
    None,
    """AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance Conductance
    Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity EffectiveDose EffectiveDoseRate
    ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency Illuminance Inductance
    Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux LuminousIntensity MagneticFlux
    MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity
    MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux RadiantIntensity Radioactivity
    RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time
    Torque Voltage Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber""",
)

#: Units that measure one quantity only, or few alike, with the measurement types they fit. Units not here fit any.
_QUANTITIES = {
    "Temperature": "CEL FAH KEL A48",
    "Mass": "KGM GRM MGM TNE LBR ONZ DTN MC",
    "Length Altitude": "MTR KMT CMT MMT DMT FOT INH YRD SMI NMI",
    "Pressure": "PAL HPA KPA MPA BAR MBR ATM A97",
    "Speed": "MTS KMH KNT HM",
    "Acceleration": "MSK",
    "Illuminance": "LUX",
    "Angle": "DD C81 D61 D62",
    "Time": "SEC MIN HUR DAY C26",
    "Voltage": "VLT KVT 2Z",
    "ElectricCurrent": "AMP 4K",
    "Frequency": "HTZ KHZ MHZ A86",
    "Volume": "LTR MTQ MLT CMQ DMQ",
    "Area": "MTK CMK MMK KMK",
    "Power RadiantFlux": "WTT KWT MAW",
    "Energy Torque": "JOU KJO KWH WHR",
    "Force": "NEW",
    "ElectricCharge": "COU",
    "Capacitance": "FAR",
    "Resistance": "OHM",
    "Radioactivity": "BQL CUR",
    "LuminousIntensity": "CDL",
    "LuminousFlux": "LUM",
    "AmountOfSubstance": "C34",
}
MEASURES: dict[str, frozenset[str]] = {
    code: frozenset(types.split()) for types, codes in _QUANTITIES.items() for code in codes.split()
}

#: The units of temperature that there are; no other code of Recommendation 20 is one.
DEGREES = frozenset(("CEL", "FAH", "KEL", "A48"))

#: Lowest and highest that a sensor on goods in trade is believed, by unit; outside it the value is told as odd.
PLAUSIBLE: dict[str, tuple[Decimal, Decimal]] = {
    "CEL": (Decimal("-273.15"), Decimal(1500)),
    "KEL": (Decimal(0), Decimal(1800)),
    "FAH": (Decimal("-459.67"), Decimal(2800)),
    "P1": (Decimal(-1000), Decimal(1000)),
    "KMH": (Decimal(-1500), Decimal(1500)),
    "MTS": (Decimal(-500), Decimal(500)),
}

#: Beyond this no value of any unit is believed.
BELIEVED = Decimal("1e18")
