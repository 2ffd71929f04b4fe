# ruff: noqa: E501  (a line for each function)
"""Functions of other people's packages, differentiated: prints the table of docs/other_code.md.

    python benchmarks/other_code.py [package ...]

*As it is*: without lifting.  *By itself*: plain dd.jvp, which lifts where the function raises.  *With help*: dd.lift(f,
packages=[...]) with the packages of the line.  An entry says yes where value and derivative are right: against differences
of the function as it is, extrapolated to step 0.  WRONG is a wrong number without an error; no names the error.  Packages that
are not installed are left out.
"""

import importlib
import sys
import warnings

import numpy as np

import dualdiff as dd

FUNCTIONS = [
    # package, what, function of x (with the names that it needs imported), x, other packages to lift
    ("fluids", "Reynolds", "fluids.Reynolds(V=x, D=0.25, rho=1.1, mu=2e-5)", 2.5),
    ("fluids", "friction_factor", "fluids.friction_factor(Re=x, eD=1e-4)", 1e5),
    ("fluids", "Colebrook", "fluids.friction.Colebrook(x, 1e-4)", 1e5),
    ("fluids", "size_control_valve_l", "fluids.control_valve.size_control_valve_l(rho=965.4, Psat=70.1e3, Pc=22120e3, mu=3.1e-4, P1=x, P2=220e3, Q=0.1)", 680e3),
    ("fluids", "ATMOSPHERE_1976", "fluids.ATMOSPHERE_1976(x).rho", 5000.0),
    ("chemicals", "Wagner", "chemicals.vapor_pressure.Wagner(x, 190.53, 4596420., -6.00435, 1.1885, -0.834082, -1.22833)", 100.0),
    ("chemicals", "Lucas_gas", "chemicals.viscosity.Lucas_gas(T=x, Tc=512.6, Pc=80.9e5, Zc=0.224, MW=32.042, dipole=1.7)", 550.0),
    ("chemicals", "flash_inner_loop", "chemicals.rachford_rice.flash_inner_loop([0.4, 0.3, 0.3], [x, 2.2, 0.4])[0]", 1.8, "fluids"),
    ("chemicals", "iapws95_rho", "chemicals.iapws.iapws95_rho(x, 1e6)", 330.0, "fluids"),
    ("ht", "turbulent_Gnielinski", "ht.conv_internal.turbulent_Gnielinski(Re=x, Pr=1.2, fd=0.0185)", 1e5),
    ("ht", "effectiveness_from_NTU", "ht.hx.effectiveness_from_NTU(NTU=x, Cr=0.75, subtype='counterflow')", 2.0),
    ("ht", "LMTD", "ht.LMTD(x, 60.0, 30.0, 40.2)", 100.0),
    ("thermo", "PR(...).V_l", "thermo.PR(Tc=507.6, Pc=3025000.0, omega=0.2975, T=x, P=1e6).V_l", 299.0, "chemicals fluids"),
    ("thermo", "Wilson_gammas", "thermo.wilson.Wilson_gammas([x, 0.6], [[1.0, 0.8], [0.5, 1.0]])[0]", 0.4),
    ("iapws", "_Region1", "iapws.iapws97._Region1(x, 3.0)['h']", 300.0),
    ("iapws", "IAPWS97.h", "iapws.IAPWS97(T=x, P=3.0).h", 400.0),
    ("ambiance", "Atmosphere.density", "ambiance.Atmosphere(x).density", 5000.0),
    ("numpy_financial", "pmt", "numpy_financial.pmt(x, 60, 15000.0)", 0.005),
    ("numpy_financial", "irr", "numpy_financial.irr([-100.0, x, 59.0, 55.0, 20.0])", 39.0),
    ("transforms3d", "euler2mat", "transforms3d.euler.euler2mat(x, 0.2, 0.3)", 0.4),
    ("transforms3d", "axangle2quat", "transforms3d.quaternions.axangle2quat([1.0, 2.0, 3.0], x)", 0.4),
    ("pyquaternion", "Quaternion.rotate", "pyquaternion.Quaternion(axis=[1.0, 0.0, 0.0], angle=x).rotate([0.0, 1.0, 2.0])[1]", 0.4),
    ("pymap3d", "geodetic2ecef", "pymap3d.geodetic2ecef(x, -82.0, 200.0)[0]", 42.0),
    ("pymap3d", "ecef2geodetic", "pymap3d.ecef2geodetic(x, -4750767.0, 4246787.0)[0]", 660e3),
    ("seawater", "dens", "seawater.dens(35.0, x, 100.0)", 10.0),
    ("psychrolib", "GetSatVapPres", "psychrolib_si.GetSatVapPres(x)", 20.0),
    ("geographiclib", "Geodesic.Inverse", "geographiclib.geodesic.Geodesic.WGS84.Inverse(x, 174.81, 40.96, -5.50)['s12']", -41.32),
    ("pvlib", "get_relative_airmass", "pvlib.atmosphere.get_relative_airmass(x)", 60.0),
    ("opfunu", "Ackley01", "opfunu.get_functions_by_classname('Ackley01')[0](ndim=2).evaluate(np.array([0.3, 0.4]) * x)", 1.1),
    ("nvector", "lat_lon2n_E", "nvector.lat_lon2n_E(x, 0.3)[0]", 0.4),
    ("sgp4", "propagation.sgp4", "SGP4(x)", 10.0),
    ("filterpy", "KalmanFilter", "KALMAN(x)", 0.4),
    # ---- not named before
    ("haversine", "haversine", "haversine.haversine((x, 2.35), (51.5, -0.12))", 48.85),
    ("haversine", "inverse_haversine", "haversine.inverse_haversine((x, 2.35), 10.0, 0.5)[1]", 48.85),
    ("geopy", "great_circle.km", "geopy.distance.great_circle((x, 2.35), (51.5, -0.12)).km", 48.85),
    ("geopy", "geodesic.km", "geopy.distance.geodesic((x, 2.35), (51.5, -0.12)).km", 48.85, "geographiclib"),
    ("utm", "from_latlon", "utm.from_latlon(x, 7.5)[1]", 51.2),
    ("utm", "to_latlon", "utm.to_latlon(x, 5710000.0, 32, 'U')[0]", 340000.0),
    ("astral", "julianday solar declination", "astral.sun.sun_declination(x)", 0.22),
    ("astral", "eq_of_time", "astral.sun.eq_of_time(x)", 0.22),
    ("pygeomag", "GeoMag.calculate", "GEOMAG.calculate(glat=x, glon=10.0, alt=0.0, time=2025.5).f", 47.0),
    ("colormath", "Lab to XYZ", "colormath.color_conversions.convert_color(colormath.color_objects.LabColor(x, 10.0, 20.0), colormath.color_objects.XYZColor).xyz_x", 50.0),
    ("colorspacious", "cspace_convert", "colorspacious.cspace_convert([x, 0.4, 0.3], 'sRGB1', 'CIELab')[0]", 0.5),
    ("colorspacious", "deltaE", "colorspacious.deltaE([x, 0.4, 0.3], [0.1, 0.2, 0.3], input_space='sRGB1')", 0.5),
    ("coloraide", "Color.convert", "coloraide.Color('srgb', [x, 0.4, 0.3]).convert('lab')['lightness']", 0.5),
    ("coloraide", "Color.delta_e 2000", "coloraide.Color('srgb', [x, 0.4, 0.3]).delta_e('red', method='2000')", 0.5),
    ("colour", "XYZ_to_Lab", "colour.XYZ_to_Lab([x, 0.12, 0.05])[1]", 0.2),
    ("colour", "delta_E_CIE2000", "colour.difference.delta_E_CIE2000([x, 20.0, 30.0], [50.0, 21.0, 35.0])", 48.0),
    ("miepython", "efficiencies", "miepython.efficiencies_mx(1.5, x)[1] if hasattr(miepython, 'efficiencies_mx') else miepython.mie(1.5, x)[1]", 2.0),
    ("tmm", "coh_tmm", "tmm.coh_tmm('s', [1.0, 2.2, 1.5], [float('inf'), x, float('inf')], 0.1, 500.0)['R']", 100.0),
    ("lmfit", "lineshapes.gaussian", "lmfit.lineshapes.gaussian(x, 1.0, 0.5, 0.3)", 0.7),
    ("lmfit", "lineshapes.pearson7", "lmfit.lineshapes.pearson7(x, 1.0, 0.5, 0.3, 1.5)", 0.7),
    ("lmfit", "lineshapes.doniach", "lmfit.lineshapes.doniach(x, 1.0, 0.5, 0.3, 0.1)", 0.7),
    ("hydroeval", "nse", "hydroeval.nse(np.array([1.0, 2.0, 3.0]) * x, np.array([1.1, 1.9, 3.2]))", 1.05),
    ("hydroeval", "kge", "hydroeval.kge(np.array([1.0, 2.0, 3.5]) * x, np.array([1.1, 1.9, 3.2]))[0][0]", 1.05),
    ("deap", "benchmarks.ackley", "deap.benchmarks.ackley([x, 0.4])[0]", 0.3),
    ("deap", "benchmarks.schwefel", "deap.benchmarks.schwefel([x, 40.0])[0]", 30.0),
    ("deap", "benchmarks.griewank", "deap.benchmarks.griewank([x, 0.4])[0]", 0.3),
    ("pyrr", "quaternion.create_from_axis_rotation", "pyrr.quaternion.create_from_axis_rotation([0.0, 0.0, 1.0], x)", 0.4),
    ("pyrr", "matrix33.create_from_eulers", "pyrr.matrix33.create_from_eulers([x, 0.2, 0.3])", 0.4),
    ("pyrr", "vector3.normalize", "pyrr.vector.normalize(np.array([x, 2.0, 3.0]))", 1.0),
    ("vector", "obj(...).mass", "vector.obj(px=x, py=2.0, pz=3.0, E=10.0).mass", 1.0),
    ("vector", "obj(...).eta", "vector.obj(px=x, py=2.0, pz=3.0).eta", 1.0),
    ("vector", "boost", "vector.obj(px=1.0, py=2.0, pz=3.0, E=10.0).boostX(beta=x).E", 0.3),
    ("rowan", "from_axis_angle", "rowan.from_axis_angle([1.0, 0.0, 0.0], x)", 0.4),
    ("rowan", "rotate", "rowan.rotate(rowan.from_euler(x, 0.2, 0.3), [1.0, 2.0, 3.0])", 0.4),
    ("ikpy", "URDF-free rotation", "ikpy.utils.geometry.rotation_matrix(x, 0.2, 0.3)", 0.4),
    ("meteocalc", "heat_index", "float_of(meteocalc.heat_index(temperature=meteocalc.Temp(x, 'f'), humidity=60.0))", 95.0),
    ("meteocalc", "dew_point", "float_of(meteocalc.dew_point(temperature=x, humidity=56.0))", 20.0),
    ("pythermalcomfort", "utilities.p_sat", "pythermalcomfort.utilities.p_sat_torr(x)", 25.0),
    ("pythermalcomfort", "utilities.dew_point_tmp", "pythermalcomfort.utilities.dew_point_tmp(x, 50.0)", 25.0),
    ("pyXSteam", "h_pt", "STEAM.h_pt(10.0, x)", 120.0),
    ("pyXSteam", "psat_t", "STEAM.psat_t(x)", 120.0),
    ("mibian", "BS.callPrice", "mibian.BS([x, 105.0, 1.0, 30.0], volatility=20.0).callPrice", 100.0),
    ("pytransform3d", "matrix_from_axis_angle", "pytransform3d.rotations.matrix_from_axis_angle([1.0, 0.0, 0.0, x])", 0.4),
    ("pytransform3d", "quaternion_slerp", "pytransform3d.rotations.quaternion_slerp(np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0, 0.0]), x)", 0.4),
    ("pytransform3d", "matrix_from_euler", "pytransform3d.rotations.matrix_from_euler([x, 0.2, 0.3], 0, 1, 2, True)", 0.4),
    ("skyfield", "to_spherical", "skyfield.functions.to_spherical(np.array([x, 2.0, 3.0]))[1]", 1.0),
    ("skyfield", "nutationlib.mean_obliquity", "skyfield.nutationlib.mean_obliquity(x)", 2459000.5),
    ("trimesh", "transformations.rotation_matrix", "trimesh.transformations.rotation_matrix(x, [1.0, 0.0, 0.0])", 0.4),
    ("trimesh", "transformations.euler_matrix", "trimesh.transformations.euler_matrix(x, 0.2, 0.3)", 0.4),
    ("trimesh", "transformations.quaternion_slerp", "trimesh.transformations.quaternion_slerp([1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], x)", 0.4),
    ("skfuzzy", "gaussmf", "skfuzzy.gaussmf(np.array([x, 0.2]), 0.5, 0.3)", 0.4),
    ("skfuzzy", "trapmf", "skfuzzy.trapmf(np.array([x, 0.2]), [0.0, 0.5, 0.6, 1.0])", 0.4),
    ("platypus", "DTLZ2", "PLATYPUS(x)", 0.4),
    ("pyorbital", "astronomy.sun_zenith_angle", "pyorbital.astronomy.cos_zen(np.datetime64('2021-06-01T12:00'), x, 45.0)", 10.0),
    ("gstools", "Gaussian.variogram", "gstools.Gaussian(dim=2, var=1.0, len_scale=5.0).variogram(np.array([x, 2.0]))", 1.5),
    ("gstools", "Exponential.covariance", "gstools.Exponential(dim=2, var=2.0, len_scale=5.0).covariance(np.array([x, 2.0]))", 1.5),
    ("pyswarms", "single_obj.rosenbrock", "pyswarms.utils.functions.single_obj.rosenbrock(np.array([[0.3, 0.4]]) * x)[0]", 1.1),
    ("pyswarms", "single_obj.ackley", "pyswarms.utils.functions.single_obj.ackley(np.array([[0.3, 0.4]]) * x)[0]", 1.1),
    ("benchmark_functions", "Rastrigin", "benchmark_functions.Rastrigin(n_dimensions=2)([x, 0.4])", 0.3),
    ("benchmark_functions", "Hypersphere", "benchmark_functions.Hypersphere(n_dimensions=2)([x, 0.4])", 0.3),
    # ---- a third round, none of it looked at before
    ("pygeodesy", "LatLon.distanceTo (Vincenty)", "pygeodesy.ellipsoidalVincenty.LatLon(x, 2.0).distanceTo(pygeodesy.ellipsoidalVincenty.LatLon(50.0, 5.0))", 48.0),
    ("pygeodesy", "haversine", "pygeodesy.haversine(x, 2.0, 50.0, 5.0)", 48.0),
    ("pygeodesy", "toUtm", "pygeodesy.toUtm8(x, 7.5).northing", 51.2),
    ("pygeodesy", "toLcc", "pygeodesy.toLcc(pygeodesy.ellipsoidalVincenty.LatLon(x, 0.5)).northing", 46.5),
    ("pygeodesy", "EcefKarney.forward", "pygeodesy.EcefKarney(pygeodesy.Datums.WGS84).forward(x, 2.0, 100.0).x", 48.0),
    ("geomdl", "BSpline.Curve.evaluate_single", "CURVE(x)", 0.4),
    ("geomdl", "NURBS curve, moved control point", "NURBS(x)", 1.5),
    ("pymeeus", "equatorial2horizontal", "MEEUS(x)", 40.0),
    ("pymeeus", "kepler_equation", "pymeeus.Coordinates.kepler_equation(x, pymeeus.Angle.Angle(5.0))[0].rad()", 0.1),
    ("pymeeus", "velocity_perihelion", "pymeeus.Coordinates.velocity_perihelion(x, 17.9)", 0.6),
    ("svgpathtools", "CubicBezier.point", "svgpathtools.CubicBezier(0 + 0j, 1 + x * 1j, 2 + 2j, 3 + 0j).point(0.3).imag", 1.5),
    ("svgpathtools", "CubicBezier.curvature", "svgpathtools.CubicBezier(0 + 0j, 1 + x * 1j, 2 + 2j, 3 + 0j).curvature(0.3)", 1.5),
    ("blackscholes", "BlackScholesCall.price", "blackscholes.BlackScholesCall(S=x, K=50.0, T=1.0, r=0.0025, sigma=0.15).price()", 55.0),
    ("blackscholes", "Black76Call.delta", "blackscholes.Black76Call(F=x, K=50.0, T=1.0, r=0.0025, sigma=0.15).delta()", 55.0),
    ("blackscholes", "BlackScholesPut.gamma", "blackscholes.BlackScholesPut(S=55.0, K=50.0, T=1.0, r=0.0025, sigma=x).gamma()", 0.15),
    ("vincenty", "vincenty", "vincenty.vincenty((x, -71.06), (40.72, -74.0))", 42.35),
    ("splines", "CatmullRom.evaluate", "splines.CatmullRom([(0.0, 0.0), (1.0, x), (2.0, 1.0), (3.0, 0.0)]).evaluate(1.3)[1]", 1.7),
    ("splines", "quaternion.slerp", "splines.quaternion.slerp(splines.quaternion.UnitQuaternion.from_unit_xyzw((0.0, 0.0, 0.0, 1.0)), splines.quaternion.UnitQuaternion.exp_map((0.1, 0.2, 0.3)), x).xyzw[0]", 0.4),
    ("pyransac3d", "aux.rodrigues_rot", "pyransac3d.aux_functions.rodrigues_rot(np.array([[x, 2.0, 3.0]]), np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0]))[0]", 1.5),
    ("suncalc", "azimuth", "suncalc.suncalc.azimuth(x, 0.8, 0.3)", 0.4),
    ("suncalc", "astro_refraction", "suncalc.suncalc.astro_refraction(x)", 0.2),
    ("suncalc", "sun_coords", "suncalc.suncalc.sun_coords(x)['dec']", 4000.3),
    ("bezier", "Curve.evaluate", "bezier.Curve(np.array([[0.0, 0.5, 1.0], [0.0, x, 0.0]]), degree=2).evaluate(0.3)[1, 0]", 1.5),
    ("spatialmath", "rotx", "spatialmath.base.rotx(x)", 0.4),
    ("spatialmath", "rpy2r", "spatialmath.base.rpy2r(x, 0.2, 0.3)", 0.4),
    ("spatialmath", "SE3.Rx * SE3.Tx", "(spatialmath.SE3.Rx(x) * spatialmath.SE3.Tx(1.0)).A", 0.4),
    ("spatialmath", "trexp", "spatialmath.base.trexp(np.array([1.0, 2.0, 3.0, x, 0.2, 0.3]))", 0.4),
    ("windpowerlib", "wind_speed.logarithmic_profile", "windpowerlib.wind_speed.logarithmic_profile(x, 10.0, 100.0, 0.15)", 5.0),
    ("windpowerlib", "temperature.linear_gradient", "windpowerlib.temperature.linear_gradient(x, 2.0, 100.0)", 290.0),
    ("windpowerlib", "density.barometric", "windpowerlib.density.barometric(x, 10.0, 100.0, 280.0)", 101125.0),
    ("PyAstronomy", "pyasl.planck", "PyAstronomy.pyasl.planck(x, lam=1e-6)", 5000.0),
    ("PyAstronomy", "pyasl.airtovac2", "PyAstronomy.pyasl.airtovac2(x)", 5000.0),
    ("PyAstronomy", "pyasl.lambertPhaseFunction", "PyAstronomy.pyasl.lambertPhaseFunction(x)", 40.0),
    ("PyAstronomy", "KeplerEllipse.xyzPos", "PyAstronomy.pyasl.KeplerEllipse(1.3, 2.0, e=0.3, Omega=20.0, w=30.0, i=40.0).xyzPos(x)", 0.4),
    ("skrf", "s2z", "skrf.network.s2z(np.array([[[x, 0.2], [0.3, 0.4]]]), 50.0)[0, 0, 0].real", 0.4),
    ("skrf", "tlineFunctions.zl_2_Gamma0", "skrf.tlineFunctions.zl_2_Gamma0(50.0, x).real", 75.0),
    ("orbital", "eccentric_anomaly_from_mean", "orbital.utilities.eccentric_anomaly_from_mean(x, 0.5)", 0.3),
    ("orbital", "elements_from_state_vector", "orbital.utilities.elements_from_state_vector(orbital.utilities.Position(x, 1e6, 2e5), orbital.utilities.Velocity(100.0, 7500.0, 900.0), orbital.earth.mu).a", 7e6),
    ("isacalc", "Atmosphere.calculate", "isacalc.Atmosphere().calculate(x)[1]", 5000.0),
    ("py_vollib", "black.implied_volatility", "py_vollib.black.implied_volatility.implied_volatility(x, 100.0, 100.0, 0.02, 0.5, 'c')", 5.6),
    ("py_vollib", "black_scholes delta", "py_vollib.black_scholes.greeks.analytical.delta('c', x, 40.0, 0.5, 0.01, 0.2)", 49.0),
    ("refet", "calcs.sat_vapor_pressure", "refet.calcs.sat_vapor_pressure(np.array([x, 20.0]))", 15.0),
    ("refet", "calcs.ra_daily", "refet.calcs.ra_daily(np.array([x]), 180)", 0.7),
    ("pysolar", "solar.get_declination", "pysolar.solar.get_declination(x)", 100.0),
    ("pysolar", "radiation.get_air_mass_ratio", "pysolar.radiation.get_air_mass_ratio(x)", 40.0),
    ("ahrs", "Quaternion.product", "ahrs.common.orientation.q_prod([1.0, x, 0.2, 0.3], [0.5, 0.1, 0.2, 0.3])", 0.4),
    ("ahrs", "acc2q", "ahrs.common.orientation.acc2q(np.array([x, 0.2, 9.7]))", 0.4),
    ("uncertainties", "ufloat arithmetic", "(uncertainties.ufloat(x, 0.1) ** 2 + uncertainties.umath.sin(uncertainties.ufloat(x, 0.1))).nominal_value", 0.7),
    ("hankel", "HankelTransform.transform", "hankel.HankelTransform(nu=0, N=120, h=0.03).transform(lambda r: np.exp(-x * r), 1.0, ret_err=False)", 1.1),
    ("emcee", "autocorr.function_1d", "emcee.autocorr.function_1d(np.array([x, 2.0, 0.5, 1.0, 3.0, 0.1]))", 1.2),
    ("asteval", "Interpreter", "ASTEVAL(x)", 0.7),
    ("pykalman", "KalmanFilter.filter", "pykalman.KalmanFilter(transition_matrices=[[1.0, 1.0], [0.0, 1.0]], observation_matrices=[[0.1, 0.5]]).filter(np.array([[x], [1.0], [2.0]]))[0]", 0.7),
    ("mpmath", "bisection of plain floats", "mpmath.fp.quad(lambda t: t * t * x, [0.0, 1.0])", 0.7),
    ("networkx", "pagerank of a weighted graph", "RANK(x)", 0.7),
    ("sympy", "lambdify with math", "LAMBDIFIED(x)", 0.7),
]  # fmt: skip

HELPERS = '''
def SI(module):
    module.SetUnitSystem(module.SI)
    return module

def float_of(x):
    return getattr(x, "c", x) if not isinstance(x, (int, float)) else x

def KALMAN(x):
    from filterpy.kalman import KalmanFilter
    k = KalmanFilter(dim_x=2, dim_z=1)
    k.F, k.H = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 0.0]])
    k.predict()
    k.update(x)
    return k.x[0, 0]

def SGP4(x):
    from sgp4.earth_gravity import wgs72
    from sgp4.io import twoline2rv
    s = "1 25544U 98067A   19343.69339541  .00001764  00000-0  38792-4 0  9991"
    t = "2 25544  51.6439 211.2001 0007417  17.6667  85.6398 15.50103472202482"
    from sgp4.propagation import sgp4
    return sgp4(twoline2rv(s, t, wgs72), x)[0][0]

def PLATYPUS(x):
    problem = platypus.DTLZ2(2)
    solution = platypus.Solution(problem)
    solution.variables[:] = [x] + [0.4] * (problem.nvars - 1)
    problem.evaluate(solution)
    return solution.objectives[0]

def CURVE(x):
    from geomdl import BSpline
    c = BSpline.Curve()
    c.degree = 2
    c.ctrlpts = [[0.0, 0.0], [1.0, 2.0], [2.0, 0.5], [3.0, 1.0]]
    c.knotvector = [0, 0, 0, 0.5, 1, 1, 1]
    return c.evaluate_single(x)[1]

def NURBS(x):
    from geomdl import NURBS
    c = NURBS.Curve()
    c.degree = 2
    c.ctrlpts = [[0.0, 0.0], [1.0, x], [2.0, 0.5], [3.0, 1.0]]
    c.weights = [1.0, 0.7, 1.0, 1.0]
    c.knotvector = [0, 0, 0, 0.5, 1, 1, 1]
    return c.evaluate_single(0.3)[1]

def MEEUS(x):
    from pymeeus.Angle import Angle
    from pymeeus.Coordinates import equatorial2horizontal
    return equatorial2horizontal(Angle(x), Angle(-6.7), Angle(38.9))[1].rad()

def ASTEVAL(x):
    a = asteval.Interpreter()
    a.symtable['x'] = x
    return a('sin(x) * x**2')

def RANK(x):
    g = networkx.DiGraph()
    g.add_edge(0, 1, weight=x)
    g.add_edge(1, 2, weight=2.0)
    g.add_edge(0, 2, weight=1.0)
    g.add_edge(2, 0, weight=1.0)
    return networkx.shortest_path_length(g, 0, 2, weight='weight')

def LAMBDIFIED(x):
    y = sympy.Symbol('y')
    return sympy.lambdify(y, sympy.sin(y) * sympy.exp(y), 'math')(x)
'''
OBJECTS = {"psychrolib": ("psychrolib_si", "SI(psychrolib)"), "pygeomag": ("GEOMAG", "pygeomag.GeoMag()"),
           "pyXSteam": ("STEAM", "pyXSteam.XSteam.XSteam(pyXSteam.XSteam.XSteam.UNIT_SYSTEM_MKS)")}  # fmt: skip
SUBMODULES = {
    "fluids": ["control_valve", "friction"], "iapws": ["iapws97"], "geographiclib": ["geodesic"], "transforms3d": ["euler", "quaternions"],
    "geopy": ["distance"], "astral": ["sun"], "colormath": ["color_conversions", "color_objects"],
    "lmfit": ["lineshapes"], "deap": ["benchmarks"], "pyrr": ["quaternion"], "ikpy": ["utils.geometry"], "thermo": ["wilson"],
    "pythermalcomfort": ["utilities"], "pyXSteam": ["XSteam"], "pytransform3d": ["rotations"], "skyfield": ["functions", "nutationlib"],
    "chemicals": ["iapws", "rachford_rice"], "pvlib": ["atmosphere"],
    "pygeodesy": ["ellipsoidalVincenty"], "pymeeus": ["Coordinates", "Angle"], "splines": ["quaternion"], "pyransac3d": ["aux_functions"],
    "suncalc": ["suncalc"], "spatialmath": ["base"], "windpowerlib": ["wind_speed", "temperature", "density"], "PyAstronomy": ["pyasl"],
    "skrf": ["network", "tlineFunctions"], "orbital": ["utilities"], "refet": ["calcs"], "pysolar": ["solar", "radiation"],
    "py_vollib": ["black.implied_volatility", "black_scholes.greeks.analytical"], "uncertainties": ["umath"], "emcee": ["autocorr"],
    "ahrs": ["common.orientation"], "pyorbital": ["astronomy"], "pyswarms": ["utils.functions.single_obj"],
}  # fmt: skip


def function_of(package, text):
    """The function of x, in a module of its own; None where the package is not installed."""
    import types

    try:
        module = importlib.import_module(package)
        for name in SUBMODULES.get(package, []):
            try:
                importlib.import_module(f"{package}.{name}")
            except ModuleNotFoundError:
                continue
    except ImportError:
        return None
    home = types.ModuleType("__main__")
    vars(home).update({package: module, "np": np})
    exec(compile(HELPERS, "<helpers>", "exec"), vars(home))
    if package in OBJECTS:
        name, how = OBJECTS[package]
        vars(home)[name] = eval(how, vars(home))
    exec(compile(f"def f(x):\n    return {text}", f"<{package}>", "exec"), vars(home))
    return vars(home)["f"]


def slope(f, x):
    """(derivative by differences, extrapolated to step 0; an estimate of its error)."""
    from dualdiff.differences import Subject, differences

    found = differences(subject := Subject(f, (x,), (1.0,)), subject.given)
    return found.value, found.error + np.abs(np.nan_to_num(found.other - found.value))


def outcome(f, x, wanted, value):
    """"yes", "WRONG", or the name of the error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, t = dd.jvp(f, (x,), (1.0,))
    except Exception as error:
        return f"no: {type(error).__name__}", error
    t, found = np.ravel(np.asarray(t, dtype=float)), np.ravel(np.asarray(found, dtype=float))
    d, e = wanted
    right = np.allclose(found, np.ravel(value), rtol=1e-12, atol=0, equal_nan=True)
    right &= bool(np.all(np.abs(t - d) <= 1e-6 * np.max(np.abs(d), initial=0.0) + 10 * e + 1e-12))
    return ("yes" if right else f"WRONG: {t[:3]} for {d[:3]}"), None


def main(chosen):
    """Prints the table."""
    counts = np.zeros(4, int)
    print("| package | function | as it is | by itself | with help |\n|---|---|---|---|---|")
    for package, what, text, x, *others in FUNCTIONS:
        if chosen and package not in chosen:
            continue
        f = function_of(package, text)
        if f is None:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = np.asarray(f(x), dtype=float)
                wanted = slope(f, x)
        except Exception as error:
            print(f"<!-- {package} {what}: the call itself raises {type(error).__name__}: {str(error)[:90]} -->")
            continue
        with dd.auto_lift(False):
            plain, _ = outcome(f, x, wanted, value)
        itself, error = outcome(f, x, wanted, value)
        packages = [package, *" ".join(others).split()]
        try:
            helped, error = (itself, error) if itself == "yes" else outcome(dd.lift(f, packages=packages), x, wanted, value)
        except Exception as e:
            helped, error = f"no: {type(e).__name__}", e
        counts += [1, plain == "yes", itself == "yes", helped == "yes"]
        print(f"| {package} | `{what}` | {plain} | {itself} | {helped} |", flush=True)
        if chosen and error is not None:
            print(f"<!-- {str(error)[:400]} {getattr(error, '__notes__', '')} -->")
    print(f"\n{counts[0]} functions: {counts[1]} as they are, {counts[2]} by themselves, {counts[3]} with help")


if __name__ == "__main__":
    main(sys.argv[1:])
